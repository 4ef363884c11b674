"""A rule can be read aloud, in the language of whoever reads it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.criteria import words
from crm.criteria.fields import FIELDS, OPS
from tests.criteria.making import rules

RULE = {
    "all": [
        {"field": "facts.last_purchase_at", "op": "older_than", "value": "P90D"},
        {
            "any": [
                {"field": "age", "op": "between", "value": [18, 30]},
                {"field": "tags", "op": "contains", "value": "VIP"},
            ]
        },
        {"not": {"field": "segment", "op": "eq", "value": "s1"}},
    ]
}
SAID = {
    "en": "Customers for whom the last purchase is 90 days ago or longer and (the age is from 18 to 30 or the tags "
    "include “VIP”) and it is not so that the customer is in the group “Best”.",
    "ur": "وہ گاہک جن کے لیے آخری خریداری کو ۹۰ دن یا اس سے زیادہ ہو چکے ہیں اور (عمر ۱۸ سے ۳۰ تک ہے یا ٹیگ میں "
    "”VIP“ شامل ہے) اور یہ درست نہیں کہ گاہک گروہ ”Best“ میں شامل ہے۔",
    "bn": "যেসব গ্রাহকের ক্ষেত্রে শেষ কেনাকাটা ৯০ দিন বা তার বেশি আগে এবং (বয়স ১৮ থেকে ৩০ পর্যন্ত অথবা ট্যাগ: "
    "এতে “VIP” আছে) এবং এটি ঠিক নয় যে গ্রাহক “Best” দলে আছেন।",
    "ne": "ती ग्राहक जसका लागि अन्तिम खरिद भएको ९० दिन वा बढी भयो र (उमेर १८ देखि ३० सम्म छ वा ट्यागहरूमा “VIP” छ) र "
    "यो सही होइन कि ग्राहक “Best” समूहमा हुनुहुन्छ।",
    "he": "לקוחות שעבורם הרכישה האחרונה – לפני 90 ימים או יותר וגם (הגיל – מ־18 עד 30 או התגיות – כולל ״VIP״) וגם לא "
    "מתקיים: יש השתייכות לקבוצה ״Best״.",
}


def plain(text: str) -> str:
    return text.replace("\u2068", "").replace("\u2069", "")


def said(language: str = "en", **rule: Any) -> str:
    found = words.sentence(rule, language=language, names={"s1": "Best"})
    return plain(found).removeprefix("Customers for whom ").removesuffix(".")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_rule_is_said_in_every_language(language: str) -> None:
    assert plain(words.sentence(RULE, language=language, names={"s1": "Best"})) == SAID[language]


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "100.50"), ("ur", "۱۰۰٫۵۰"), ("bn", "১০০.৫০"), ("he", "100.50")]
)
def test_an_amount_has_the_digits_and_the_point_of_its_language(language: str, expected: str) -> None:
    rule = {"field": "facts.spent", "op": "ge", "value": "100.50"}
    assert expected in plain(words.sentence(rule, language=language, names={}))


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("language", "eq", "ur", "the language is “ur”"),
        ("owner", "in", ["sara", "ali"], "the owner is one of “sara”, “ali”"),
        ("name", "starts_with", "علی", "the name begins with “علی”"),
        ("facts.spent", "ge", "100.00", "the money spent in all is at least 100.00"),
        ("facts.other_currencies.PKR", "lt", 5, "the money spent in “PKR” is below 5"),
        ("consent.marketing", "eq", True, "consent to offers: yes"),
        ("consent.marketing", "ne", False, "consent to offers: not no"),
        ("birthday", "anniversary_in", "month", "the birthday comes round this month"),
        ("birthday", "anniversary_in", 5, "the birthday comes round in May"),
        ("birthday", "anniversary_within_next", "P2W", "the birthday comes round within the next 2 weeks"),
        ("birthday", "eq", "--05-17", "the birthday is on May 17"),
        ("joined_on", "older_than", "P1Y6M", "the day of joining is 1 year 6 months ago or longer"),
        (
            "created_at",
            "between",
            ["2026-01-01", "2026-01-31"],
            "the registration is from January 1, 2026 to January 31, 2026",
        ),
        ("custom.visit", "within_next", "P1D", "the field “visit” is within the next 1 day"),
        ("custom.visit", "gt", "2026-01-01", "the field “visit” is after January 1, 2026"),
        ("custom.size", "ge", 38, "the field “size” is at least 38"),
        ("custom.vip", "eq", True, "the field “vip”: yes"),
        ("custom.colour", "ge", "m", "the field “colour” is at least “m”"),
        ("gender", "exists", False, "the gender: not known"),
        ("segment", "in", ["s1", "s2"], "the customer is in one of the groups “Best”, “s2”"),
    ],
)
def test_conditions_read_as_people_would_say_them(field: str, op: str, value: Any, expected: str) -> None:
    assert said(field=field, op=op, value=value) == expected


def test_purchases_say_what_of_and_when() -> None:
    rule: Any = {"field": "purchases", "product": "چائے", "within": "P3M", "measure": "sum", "op": "ge", "value": 30}
    assert said(**rule) == "the money spent of “چائے” in the last 3 months is at least 30"
    assert said(field="purchases", op="eq", value=0) == "the number of purchases is 0"


def test_digits_and_dates_are_those_of_the_language() -> None:
    rule: Any = {"field": "joined_on", "op": "lt", "value": "2026-05-17"}
    assert "১৭ মে, ২০২৬" in said("bn", **rule)
    assert "१७" in said("ne-NP", **rule)
    assert "۱۷" in said("ur-PK", **rule)
    assert "17 במאי 2026" in said("he", **rule)


def test_who_does_not_allow_something_has_another_no_than_what_is_not_so() -> None:
    assert said("ne", field="consent.marketing", op="eq", value=False).endswith(": छैन।")
    assert said("ne", field="custom.vip", op="eq", value=False).endswith(": होइन।")


@settings(max_examples=150, deadline=None)
@given(rule=rules, language=st.sampled_from([*words.LANGUAGES, "fr"]))
def test_every_rule_can_be_said_and_every_isolate_is_closed(rule: Any, language: str) -> None:
    found = words.sentence(rule, language=language, names={})
    open_ = 0
    for character in found:
        open_ += {"\u2068": 1, "\u2069": -1}.get(character, 0)
        assert open_ in {0, 1}
    assert open_ == 0
    assert "{" not in found
    assert not any(unicodedata.category(character) == "Cc" for character in found)


def test_a_value_cannot_break_out_of_its_place() -> None:
    found = words.sentence({"field": "name", "op": "eq", "value": "a\u2069{rule}\u2068b"}, language="he", names={})
    assert found.count("\u2068") == found.count("\u2069") == 1
    assert "a{rule}b" in found


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_field_and_operator_has_words(language: str) -> None:
    wording = words._wording(language)
    assert set(wording["fields"]) == {*FIELDS, "custom.", "facts.other_currencies."}
    spoken = {op for kind in ("text", "number", "date", "list", "segment") for op in wording[kind]} | set(wording)
    assert spoken >= OPS
