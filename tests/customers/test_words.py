"""Every customer is found by any beginning of any of their words, in whatever script they write."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from crm.core import text
from crm.core.views import Where
from crm.customers import searching, words
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
FEW_NAMES = st.lists(SPOKEN, min_size=1, max_size=2).map(lambda parts: unicodedata.normalize("NFC", " ".join(parts)))
LOCAL = st.text("abcxyz0129._-+'", min_size=1, max_size=12)
EMAILS = st.none() | st.builds("{}@{}.example".format, LOCAL, st.text("shopabc", min_size=1, max_size=8))
PHONES = st.none() | st.integers(10**6, 10**12 - 1).map(lambda digits: f"+{digits}")
CARDS = st.none() | st.integers(0, 10**15).map(Decimal) | st.from_regex(r"[A-Z]{2}-[0-9]{4}", fullmatch=True)


def begun(search: str) -> list[str]:
    """What the words looked for begin with, the rarest first."""
    return [one.begins for one in words.sought(search)]


def profile(name: str, email: str | None = None, phone: str | None = None, card: Any = None) -> dict[str, Any]:
    custom = {} if card is None else {"card_number": card}
    return {"pk": "CUSTOMER#abc", "name": name, "email": email, "phone": phone, "custom": custom}


def hits(person: dict[str, Any], search: str) -> list[str]:
    """What the stages of a search find: one entry at most of one customer."""
    found, looked_for = [], words.sought(search)
    for stage in searching.stages(looked_for) if looked_for else ():
        found += [
            "exact" if stage.is_exact else "part"
            for (pk, sk), entry in project_search(person).listings.items()
            if pk == stage.pk
            and sk.startswith(stage.prefix)
            and entry["shared"] < len(stage.prefix)
            and all(passes(entry["words"], where) for where in (*stage.having, *stage.earlier))
        ]
    assert len(found) <= 1, (search, found)
    return found


def passes(has: str, where: Where) -> bool:
    """What DynamoDB makes of a condition on the words."""
    match where.how:
        case "contains":
            return bool(where.value in has)
        case "contains any":
            return any(part in has for part in where.value)
        case "lacks one":
            return not all(part in has for part in where.value)
    raise KeyError(where.how)


def is_found(person: dict[str, Any], search: str) -> bool:
    """Whether all words of a search begin words of this customer."""
    return hits(person, search) == ["exact"]


@example(name="Zero", email="01a@a.example", phone=None, card=None)
@given(name=NAMES, email=EMAILS, phone=PHONES, card=CARDS)
def test_any_beginning_of_any_word_finds_the_customer_once(name: str, email: Any, phone: Any, card: Any) -> None:
    person = profile(name, email, phone, card)
    typed = [*name.split(), *([email] if email else []), *words.of_customer(person)]
    for word in typed:
        for end in range(1, len(word) + 1):
            beginning = word[:end]
            if begun(beginning):
                assert is_found(person, beginning), (beginning, begun(beginning))


@given(name=NAMES, email=EMAILS, phone=PHONES)
def test_all_words_together_find_the_customer_in_any_order(name: str, email: Any, phone: Any) -> None:
    person = profile(name, email, phone)
    if text.words(name):
        assert is_found(person, name)
    if email and phone:
        assert is_found(person, f"{email} {phone}")
        assert is_found(person, f"{phone} {email}")


@example(name="Muhammad", phone="+923001004321", local="ab.cde1")
@example(name="सुनीता श्रेष्ठ", phone=None, local="a")
@given(name=FEW_NAMES, phone=PHONES, local=LOCAL)
def test_any_part_inside_of_a_word_finds_the_customer_once(name: str, phone: str | None, local: str) -> None:
    email = f"{local}@mills.example"
    person = profile(name, email, phone)
    national = words.of_customer({"name": "-", "phone": phone})[-1:] if phone else []
    for word in [*text.words(name), *text.words(local), *national, "mills"]:
        letters = text.graphemes(word)
        for begin, end in combinations(range(1, len(letters) + 1), 2):
            part = "".join(letters[begin:end])
            if len(part) >= (4 if part.isdecimal() else 3):
                assert hits(person, part), (word, part)
                assert hits(person, f"{part} mills"), (word, part)
                assert hits(person, f"{part} ills"), (word, part)


def test_parts_are_found_beside_beginnings_of_addresses_and_numbers() -> None:
    person = profile("Muhammad Rafi", "m_rafi.khan@mills.example", "+923001004321")
    for part in (
        "hamm",
        "HAMMAD",
        "afi mills",
        "hamm raf",
        "fi.khan@mi",
        "rafi.khan@mi",
        "afi.khan@mi",
        "n@mi",
        "han@mills",
    ):
        assert hits(person, part) == ["part"], part
    for number in ("4321", "04321", "0043", "۴۳۲۱", "00 43", "100-43", "0300 1004"):
        assert hits(person, number) == ["exact" if number.startswith("0300") else "part"], number
    for other in ("0431", "321", "ad", "xhamm", "hamm x", "mails", "uhammadr", "n@x", "fi.khan@mall"):
        assert hits(person, other) == [], other


def test_a_part_begins_where_a_letter_does_with_its_marks_and_what_a_virama_joins() -> None:
    assert text.graphemes("श्रेष्ठ") == ["श्रे", "ष्ठ"]
    assert text.graphemes("সুনীতা") == ["সু", "নী", "তা"]
    person = profile("श्रेष्ठ সুনীতা क्षेत्री")
    assert [hits(person, part) for part in ("ष्ठ", "নীতা", "ত্রী")] == [["part"], ["part"], []]
    assert hits(person, "त्री") == ["part"]
    # Neither a sign without its letter nor half of a joined one.
    assert [hits(person, part) for part in ("ुनीता", "रेष्ठ", "षेत्री")] == [[], [], []]


def test_however_long_a_name_is_its_entries_are_bounded_and_the_number_comes_first() -> None:
    long = " ".join(f"{'abcdefghij' * 6}{n}" for n in range(200))
    person = profile(long, f"{'x' * 60}@{'y' * 60}.example", "+923001004321", "9" * 60)
    listings = project_search(person).listings
    assert len(listings) <= 40 + 60 + 200
    assert len([pk for pk, _ in listings if pk.startswith("INSIDE#")]) == 60
    assert max(len(sk.encode()) for _, sk in listings) <= 1024
    assert hits(person, "4321") == ["part"]


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
    assert begun(search)[0] == rarest
