"""What was typed is marked in what is shown, in whatever script, digits and spelling either is written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core import text
from crm.customers import marking, words
from tests.customers.test_words import FEW_NAMES, LOCAL, PHONES


def shown(parts: marking.Parts) -> str:
    return "".join(f"[{part}]" if is_found else part for part, is_found in parts)


@pytest.mark.parametrize(
    ("name", "typed", "marked"),
    [
        ("Muhammad Hammad Khan", "hamm", "Muhammad [Hamm]ad Khan"),
        ("Muhammad Khan", "HAMM kh", "Mu[hamm]ad [Kh]an"),
        ("Sunita Müller", "uller", "Sunita M[üller]"),
        (unicodedata.normalize("NFD", "Sunita Müller"), "mull", unicodedata.normalize("NFD", "Sunita [Müll]er")),
        ("Weiß", "weis", "[Weiß]"),
        ("فاطمہ بیگم", "فاطمة", "[فاطمہ] بیگم"),
        ("عَلی رِضا", "علي", "[عَلی] رِضا"),
        ("محمـــد", "محمد", "[محمـــد]"),
        ("سارہ", "ارہ", "س[ارہ]"),
        ("श्रेष्ठ सुनीता", "नीता", "श्रेष्ठ सु[नीता]"),
        ("श्रेष्ठ", "श", "[श्रे]ष्ठ"),
        ("সুনীতা রহমান", "রহ নীতা", "সু[নীতা] [রহ]মান"),
        ("בן־גוריון", "גור", "בן־[גור]יון"),
        ("O’Brien", "brien", "O’[Brien]"),
        ("007 Agents", "7 gent", "00[7] A[gent]s"),
        ("Sara", "a", "Sara"),
        ("Sara", "", "Sara"),
    ],
)
def test_names_are_marked_by_whole_letters(name: str, typed: str, marked: str) -> None:
    assert shown(marking.in_name(name, words.sought(typed))) == marked


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("4321", "+92300100[4321]"),
        ("۰۳۰۰ ۱۰۰", "+92[300100]4321"),
        ("+92 300", "+[92300]1004321"),
        ("0043", "+923001[0043]21"),
        ("300", "+92[300]1004321"),
        ("432", "+923001004321"),
        ("sara", "+923001004321"),
    ],
)
def test_a_number_is_marked_whatever_digits_were_typed(typed: str, marked: str) -> None:
    assert shown(marking.in_number("+923001004321", words.sought(typed))) == marked


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("rafi", "m_[rafi].Khan@mills.example"),
        ("fi.khan@mi", "m_ra[fi.Khan@mi]lls.example"),
        ("m_rafi.khan@", "[m_rafi.Khan@]mills.example"),
        ("ills", "m_rafi.Khan@m[ills].example"),
        ("KHAN mills", "m_rafi.[Khan]@[mills].example"),
    ],
)
def test_an_address_is_marked_also_across_its_sign(typed: str, marked: str) -> None:
    assert shown(marking.in_address("m_rafi.Khan@mills.example", words.sought(typed))) == marked


@given(name=FEW_NAMES, phone=PHONES, local=LOCAL, typed=st.text(max_size=12), start=st.integers(0, 9))
def test_nothing_of_a_text_is_lost_and_whoever_is_found_by_it_has_a_mark(
    name: str, phone: str | None, local: str, typed: str, start: int
) -> None:
    address = f"{local}@mills.example"
    for wanted in (typed, name[start:], (phone or "")[start:], address[start:]):
        looked_for = words.sought(wanted)
        pieces = [
            marking.in_name(name, looked_for),
            marking.in_number(phone or "", looked_for),
            marking.in_address(address, looked_for),
        ]
        assert ["".join(part for part, _ in parts) for parts in pieces] == [name, phone or "", address]
    first = text.words(name)[:1]
    for word in first:
        assert any(is_found for _, is_found in marking.in_name(name, words.sought(word))), word
