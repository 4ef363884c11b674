"""The file of refused rows speaks its reader's language, and comes back corrected in whichever it was."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import urlsplit

import pytest

from crm.catalogues import wording
from crm.core import files
from crm.core.places import Person
from crm.imports import erasing, refused
from crm.templates.rules import LANGUAGES
from infra.build import catalogues
from tests.imports.office import Office, table
from tests.support.world import Api

HEADER = ("name", "email", "phone")
ANNA, CARL = ("Anna", "anna@example.com", ""), ("Carl", "carl@example.com", "")
BAD = ("Carl", "not an address", "")


@pytest.fixture
def office(api: Api) -> Office:
    catalogues.compile_into(catalogues.LOCALES)
    return Office(api)


def of(office: Office, import_id: str, **asked: str) -> list[list[str]]:
    """The file that the API's link leads to."""
    headers = {"accept-language": asked.pop("accepted")} if "accepted" in asked else {}
    answer = office.api.get(f"/imports/{import_id}/refused", query=asked, headers=headers)
    assert answer.status == 200, answer.body
    key = urlsplit(answer.body["url"]).path.partition("/imports/")[2]
    text = files.get(f"imports/{key}").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_reasons_are_in_the_readers_language_and_the_corrected_file_is_taken_as_it_is(
    office: Office, code: str
) -> None:
    shown = office.bring_in(table(HEADER, [ANNA, BAD]))
    header, row = of(office, shown["id"], language=code)
    word = wording.words(code).gettext
    assert header == [*HEADER, word("refused because")]
    assert row[:3] == list(BAD)
    assert (re.search("[A-Za-z]{3,}", row[3].replace("not an address", "")) is None) == (code != "en"), row[3]
    again = office.bring_in(table(header, [[*CARL, row[3]]]))
    assert (again["state"], again["counts"]["created"], again["questions"]) == ("done", 1, [])
    assert office.customer("Carl")["email"] == "carl@example.com"
    assert [one["field"]["value"] for one in again["columns"]] == [*HEADER, ""]


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_refused_again_says_why_once(office: Office, code: str) -> None:
    shown = office.bring_in(table(HEADER, [BAD]))
    header, row = of(office, shown["id"], language=code)
    again = office.bring_in(table(header, [row]))
    assert of(office, again["id"], language=code) == [header, row]


@pytest.mark.parametrize("code", LANGUAGES)
def test_headers_that_say_little_are_still_seen_beside_the_reasons(office: Office, code: str) -> None:
    head = wording.words(code).gettext("refused because")
    import_id = office.check(table(("name", "x", head), [("Anna", "q", "why"), ("Bilal", "r", "why")]))
    assert office.shown(import_id)["counts"]["created"] == 2


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"accepted": "fr, he;q=0.5, en;q=0.4"}, "he"),
        ({"accepted": "he", "language": "ne-NP"}, "ne"),
        ({"accepted": "fr"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_asked_for_is_taken_else_the_first_accepted_else_the_businesss(
    office: Office, asked: dict[str, str], code: str
) -> None:
    shown = office.bring_in(table(HEADER, [BAD]))
    assert of(office, shown["id"], **asked)[0][-1] == wording.words(code).gettext("refused because")


def test_of_more_rows_than_anybody_mends_there_is_one_file_in_the_businesss_language(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = office.check(table(HEADER, [BAD, BAD]))
    monkeypatch.setattr(refused, "MOST_SPOKEN", 1)
    office.run(import_id)
    header, *rows = of(office, import_id, language="ur")
    assert (header[-1], len(rows)) == ("refused because", 2)
    assert {code for code in LANGUAGES if _is_there(refused.key(import_id, code))} == {"en"}


def _is_there(key: str) -> bool:
    return bool(list(files.listed(key)))


def test_who_is_erased_goes_out_of_the_files_of_all_languages(office: Office) -> None:
    shown = office.bring_in(table(HEADER, [ANNA, ("Dina", "dina@example.com", "+9212")]))
    for code in LANGUAGES:
        assert b"dina@example.com" in files.get(refused.key(shown["id"], code)), code
    erasing.erase(Person("", frozenset({"dina@example.com"}), frozenset()))
    for code in LANGUAGES:
        assert b"dina@example.com" not in files.get(refused.key(shown["id"], code)), code
