"""Folding: what is the same name stays the same, what differs stays apart."""

import pytest

from crm.core import text

SAME = [
    ("علي", "علی"),
    ("كريم", "کریم"),
    ("مُحَمَّد", "محمد"),
    ("فاطمة", "فاطمہ"),
    ("أحمد", "احمد"),
    ("José", "JOSE"),
    ("Straße", "STRASSE"),
    ("סֻנִיתָא", "סניתא"),
    ("  Anna   Maria ", "anna maria"),
    ("মোবাইল ১২৩", "মোবাইল 123"),
    ("\u200fשרה\u200f", "שרה"),
]
DIFFERENT = [("सुनीता", "सनीता"), ("नेपाल", "नपाल"), ("করিম", "কারিম"), ("סוניתא", "סניתא"), ("علی", "علیا")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert text.strict_key(one) == text.strict_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_vowel_signs_and_letters_are_not_accents(one: str, other: str) -> None:
    assert text.strict_key(one) != text.strict_key(other)
    assert text.loose_key(one) != text.loose_key(other)


def test_only_the_loose_key_drops_the_nukta() -> None:
    assert text.loose_key("ज़रीना") == text.loose_key("जरीना")
    assert text.strict_key("ज़रीना") != text.strict_key("जरीना")


@pytest.mark.parametrize("name", [one for pair in SAME + DIFFERENT for one in pair])
def test_folding_twice_is_folding_once(name: str) -> None:
    assert text.strict_key(text.strict_key(name)) == text.strict_key(name)


def test_digits_of_every_script_are_read() -> None:
    assert text.ascii_digits("۱۲३४৫৬") == "123456"


def test_look_alike_domains_are_seen() -> None:
    assert text.mixes_scripts("ex\u0430mple.com")
    assert not text.mixes_scripts("пример.example")
    assert not text.mixes_scripts("東京タワー.jp")


@pytest.mark.parametrize("plain", [*map(chr, range(128)), "Sara\x1c\x85 KHAN\t2", " \x1f", "O'Brien  \x0b-7"])
def test_plain_letters_fold_as_they_do_beside_others(plain: str) -> None:
    for fold in (text.loose_key, text.strict_key):
        assert fold(f"{plain} é") == f"{fold(plain)} e".strip()
        assert fold(f"a{plain}a é") == f"{fold(f'a{plain}a')} e"
