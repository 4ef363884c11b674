"""Every customer is found by any beginning of any of their words, in whatever script they write."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from crm.core import text
from crm.customers import words
from crm.customers.projection import project_search

LETTERS = {
    "english": "abcdefghijklmnopqrstuvwxyzABCDXYZéåøß'-.",
    "urdu": "اآبپتٹثجچحخدڈذرڑزژسشصضطظعغفقکكگلمنںوؤہھءئیيے\u064b\u064e\u200c",
    "bengali": "অআইঈউকখগঘচছজঝটঠডঢণতথদধনপফবভমযরলশষসহািীুূৃেৈোৌ্ংঃঁড়ঢ়য়",
    "nepali": "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूृेैोौ्ंँक़ज़",
    "hebrew": "אבגדהוזחטיכךלמםנןסעפףצץקרשת\u05b0\u05b4\u05b8\u05be\u05f3",
    "digits": "0123456789۰۱۲۳०१२३০১২৩",
}
SPOKEN = st.sampled_from(sorted(LETTERS)).flatmap(lambda script: st.text(LETTERS[script], min_size=1, max_size=12))
NAMES = st.lists(SPOKEN, min_size=1, max_size=5).map(lambda parts: unicodedata.normalize("NFC", " ".join(parts)))
LOCAL = st.text("abcxyz0129._-+'", min_size=1, max_size=12)
EMAILS = st.none() | st.builds("{}@{}.example".format, LOCAL, st.text("shopabc", min_size=1, max_size=8))
PHONES = st.none() | st.integers(10**6, 10**12 - 1).map(lambda digits: f"+{digits}")
CARDS = st.none() | st.integers(0, 10**15).map(Decimal) | st.from_regex(r"[A-Z]{2}-[0-9]{4}", fullmatch=True)


def profile(name: str, email: str | None = None, phone: str | None = None, card: Any = None) -> dict[str, Any]:
    custom = {} if card is None else {"card_number": card}
    return {"pk": "CUSTOMER#abc", "name": name, "email": email, "phone": phone, "custom": custom}


def is_found(person: dict[str, Any], search: str) -> bool:
    """Whether exactly one entry answers the Query and the filter that a search makes."""
    looked_for = words.of_search(search)
    if not looked_for:
        return False
    rarest, *others = looked_for
    hits = [
        entry
        for (pk, sk), entry in project_search(person).listings.items()
        if pk == f"SEARCH#{rarest[0]}"
        and sk.startswith(rarest)
        and entry["shared"] < len(rarest)
        and all(f" {word}" in entry["words"] for word in others)
    ]
    assert len(hits) <= 1, [hit["id"] for hit in hits]
    return bool(hits)


@example(name="Zero", email="01a@a.example", phone=None, card=None)
@given(name=NAMES, email=EMAILS, phone=PHONES, card=CARDS)
def test_any_beginning_of_any_word_finds_the_customer_once(name: str, email: Any, phone: Any, card: Any) -> None:
    person = profile(name, email, phone, card)
    typed = [*name.split(), *([email] if email else []), *words.of_customer(person)]
    for word in typed:
        for end in range(1, len(word) + 1):
            beginning = word[:end]
            if words.of_search(beginning):
                assert is_found(person, beginning), (beginning, words.of_search(beginning))


@given(name=NAMES, email=EMAILS, phone=PHONES)
def test_all_words_together_find_the_customer_in_any_order(name: str, email: Any, phone: Any) -> None:
    person = profile(name, email, phone)
    if text.words(name):
        assert is_found(person, name)
    if email and phone:
        assert is_found(person, f"{email} {phone}")
        assert is_found(person, f"{phone} {email}")


@given(st.text(max_size=60), NAMES)
def test_no_search_is_too_odd_to_be_taken_apart(search: str, name: str) -> None:
    assert is_found(profile(name), search) in {True, False}


@pytest.mark.parametrize("code", sorted(COUNTRY_CODE_TO_REGION_CODE))
def test_a_number_is_found_without_any_country_s_code(code: int) -> None:
    person = profile("A", phone=f"+{code}5012345")
    assert is_found(person, "0501-2345")
    assert is_found(person, "501 2345")
    assert is_found(person, f"00{code} (0) 501")
    assert is_found(person, f"+{code}-501")


def test_frequent_words_are_told_as_the_index_has_them() -> None:
    assert {word for word in words._FREQUENT if text.words(word) != [word]} == set()


@pytest.mark.parametrize(
    ("search", "rarest"),
    [
        ("muhammad zain", "zain"),
        ("محمد زین", "زین"),
        ("sara@gmail.com khan", "sara@gmail.com"),
        ("zahra gmail com", "zahra"),
        ("ann 0300 1234567", "3001234567"),
        ("a zahra", "zahra"),
        ("a z", "z"),
    ],
)
def test_the_index_is_asked_for_the_rarest_word(search: str, rarest: str) -> None:
    assert words.of_search(search)[0] == rarest
