"""Digits in the reader's own script, and what a machine has to read set apart, so that nothing turns it round."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from crm.console import markup
from crm.console.saying import Saying
from crm.mail import languages
from infra.build import catalogues

OWN_DIGITS = ("ur", "bn", "ne")
RIGHT_TO_LEFT = ("ur", "he")
# Between these nothing outside of it turns anything round (UAX #9); parts that are put in bring such with them.
APART = re.compile("[\u2066\u2068][^\u2066-\u2069]*\u2069")
PLACES = re.compile(r"%\(\w+\)s|(?<!(?<!\w)-)\{\w+\}")
# The name of an encoding is a word.
NAMED = re.compile(r"UTF-\d+")
# A sign before a number or a code, a sign between numbers, brackets: from right to left, all of these are turned round.
TURNED = re.compile(r"(?<!\w)[-+=%][0-9۰-۹A-Z{]|\d-\d|[\[{][\"\w]|[A-Z]=")


def _said(language: str) -> Iterator[tuple[str, str]]:
    """What a catalogue says, and what of it is outside of what is set apart."""
    for message in catalogues.read(language):
        if message.id:
            forms = message.string if isinstance(message.string, (list, tuple)) else (message.string or "",)
            for form in forms:
                yield form, NAMED.sub("", PLACES.sub("", APART.sub("", form)))


@pytest.mark.parametrize("language", OWN_DIGITS)
def test_a_number_that_is_only_read_stands_in_the_digits_of_its_language(language: str) -> None:
    assert [form for form, plain in _said(language) if re.search("[0-9]", plain)] == []


@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_what_a_machine_reads_is_set_apart_where_the_sentence_runs_the_other_way(language: str) -> None:
    assert [form for form, plain in _said(language) if TURNED.search(plain)] == []


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_what_is_set_apart_ends_where_it_ends(language: str) -> None:
    assert [form for form, plain in _said(language) if re.search("[\u2066-\u2069]", plain)] == []


def test_a_date_a_sign_and_a_range_are_found_where_they_are_not_set_apart() -> None:
    for turned in ("دن: 2027-03-20 یا", "--12-25 ہر سال", "-3: پہلے", "a-z اور 0-9", "+05:00 کی", "=1 عدد", "[18, 30]"):
        assert TURNED.search(turned), turned
    for plain in ("XLSX یا ODS۔", "נקראים CSV ו־ODS", "سال-مہینہ-دن", "۱ سے ۵۰", "A-42"):
        assert not TURNED.search(plain), plain


def test_what_parts_two_things_in_a_line_is_no_nought() -> None:
    """A raised dot beside the digits of Urdu is read as one; templates take what their language has."""
    assert languages.between("ur") == "، "
    assert {languages.between(one) for one in ("en", "bn", "ne", "he")} == {" · "}
    moment = Saying(languages.choose("ur")).moment("2026-11-21T14:30:00")
    assert (moment.endswith("، ۱۴:۳۰"), "·" in moment) == (True, False)
    assert [one.name for one in markup.TEMPLATES.rglob("*.html") if "·" in one.read_text("utf-8")] == []
    assert [form for form, _ in _said("ur") if "·" in form] == []


def test_lists_are_numbered_in_the_digits_of_the_page_and_a_word_in_an_empty_field_runs_as_the_page_does() -> None:
    sheet = (markup.TEMPLATES.parent / "static" / "console.css").read_text("utf-8")
    for language, digits in zip(OWN_DIGITS, ("persian", "bengali", "devanagari"), strict=True):
        assert f"ol:where(:lang({language})) {{ list-style-type: {digits}; }}" in sheet
    # A list that shows no numbers goes on showing none: what is above weighs less than a class.
    assert "list-style: none" in sheet
    assert 'input[dir="auto"]:placeholder-shown { direction: inherit; }' in sheet
