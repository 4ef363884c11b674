"""The business's own fields on pages: made, changed beside others, taken away after asking once more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from crm.access import roster
from crm.own_fields import service
from infra.build import catalogues
from tests.console.browser import Browser, Shown
from tests.console.filling import filled
from tests.support.world import Api, know_the_roster

FIELDS = "/console/fields"
NEW = f"{FIELDS}/-new"
CANARY = "</p><script>alert('x')</script>\"'&{{7*7}}"
RTL = "رکنیت"
OWNER: dict[str, Any] = {"role": "owner", "caller": "boss"}


@pytest.fixture(scope="module", autouse=True)
def taken_away(shop: None) -> Iterator[None]:
    """Other tests have customers whose own fields nobody has defined."""
    before = {one.name for one in service.page()}
    yield
    for one in service.page():
        if one.name not in before:
            service.remove(name=one.name, expected_version=None)
    know_the_roster()


@pytest.fixture
def lead(shop: None) -> Browser:
    roster.forget()
    return Browser().signed_in("manager")


def saved(browser: Browser, address: str, page: Shown | None = None, **typed: str) -> Shown:
    return browser.post(address, {**filled(page or browser.get(address), address, **typed), "action": "save"})


def stored(name: str) -> dict[str, Any]:
    return dict(Api().get(f"/fields/{name}", **OWNER).body)


def test_a_field_is_made_as_it_was_filled_in(lead: Browser) -> None:
    typed = {"name": "club", "type": "choice", "label__ur": f"{RTL} {CANARY}", "help__en": "Which card they have."}
    rows = {"choice.0.value": "gold", "choice.0.ur": "سونا", "choice.2.value": "silver"}
    more = {"order": "١٢", "required": "", "visible.sales": "yes"}
    sent = {**filled(lead.get(NEW), NEW, **typed), **rows, **more, "action": "save"}
    for _ in range(2):
        assert lead.post(NEW, sent).location == f"{FIELDS}?done=made"
    found = stored("club")
    assert found["choices"] == [{"value": "gold", "labels": {"ur": "سونا"}}, {"value": "silver", "labels": {}}]
    assert (found["labels"], found["help"]) == ({"ur": f"{RTL} {CANARY}"}, {"en": "Which card they have."})
    assert (found["order"], found["visible_to"], found["required"]) == (12, ["sales"], False)
    pages = [lead.get(FIELDS), lead.get(f"{FIELDS}/club"), lead.get(f"{FIELDS}/club?ask=delete")]
    assert not any("<script>alert" in one.body for one in pages)
    assert f"{RTL} {CANARY}" in pages[0].text
    assert ("سونا" in pages[0].text, "silver" in pages[0].text) == (True, True)
    assert 'value="سونا"' in pages[1].body


def test_more_rows_are_shown_and_nothing_is_saved_by_that(lead: Browser) -> None:
    address, api = f"{FIELDS}/rows", Api()
    two = [{"value": "a", "labels": {}}, {"value": "b", "labels": {"fr": "bé"}}]
    assert api.post("/fields", {"name": "rows", "type": "choice", "choices": two}, **OWNER).status == 201
    page = lead.get(address)
    assert ('name="choice.4.value"' in page.body, 'name="choice.5.value"' in page.body) == (True, False)
    full = {f"choice.{number}.value": f"v{number}" for number in range(2, 5)}
    more = lead.post(address, {**filled(page, address), **full, "action": "more"})
    assert ('name="choice.7.value"' in more.body, 'value="v4"' in more.body) == (True, True)
    assert stored("rows")["version"] == 1
    assert lead.post(address, {**filled(more, address), "action": "save"}).location == f"{FIELDS}?done=saved"
    values = stored("rows")["choices"]
    # Whoever asks for rows has not seen what others changed meanwhile.
    change = {"labels": {"en": "Theirs"}}
    assert api.patch("/fields/rows", change, headers={"if-match": "*"}, **OWNER).status == 200
    more = lead.post(address, {**filled(page, address, label__en="Mine"), "action": "more"})
    assert (lead.post(address, {**filled(more, address), "action": "save"}).status, stored("rows")["labels"]) == (
        409,
        {"en": "Theirs"},
    )
    assert [one["value"] for one in values] == ["a", "b", "v2", "v3", "v4"]
    assert values[1]["labels"] == {"fr": "bé"}


def test_only_what_was_changed_is_written_and_both_are_shown_where_another_was_faster(lead: Browser) -> None:
    address, change = f"{FIELDS}/size", {"headers": {"if-match": "*"}, **OWNER}
    assert Api().post("/fields", {"name": "size", "type": "text", "labels": {"en": "Size"}}, **OWNER).status == 201
    page = lead.get(address)
    assert Api().patch("/fields/size", {"labels": {"en": "Shoe size", "he": "מידה"}}, **change).status == 200
    assert saved(lead, address, page, searchable="yes").location == f"{FIELDS}?done=saved"
    assert (stored("size")["labels"], stored("size")["searchable"]) == ({"en": "Shoe size", "he": "מידה"}, True)
    both = saved(lead, address, page, label__en="Feet")
    assert (both.status, "Shoe size" in both.text, 'value="Feet"' in both.body) == (409, True, True)
    assert stored("size")["labels"]["en"] == "Shoe size"
    emptied = saved(lead, address, both, label__en="", label__he="", searchable="")
    assert emptied.location == f"{FIELDS}?done=saved"
    assert (stored("size")["labels"], stored("size")["searchable"]) == ({}, False)


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(lead: Browser) -> None:
    assert Api().post("/fields", {"name": "there", "type": "text"}, **OWNER).status == 201
    for field, typed in (
        ("name", {"name": "A b"}),
        ("name", {"name": "there", "type": "number"}),
        ("order", {"order": "soon"}),
        ("searchable", {"type": "date", "searchable": "yes"}),
        ("label.en", {"label__en": "x" * 61}),
    ):
        page = saved(lead, NEW, None, **{"name": "fresh", "label__he": CANARY, **typed})
        assert (page.status, f'id="{field}-wrong"' in page.body) == (422, True), typed
        assert "<script>alert" not in page.body
        assert filled(page, NEW)["label.he"] == CANARY
    for typed in ({"type": "choice"}, {"type": "text", "choice.0.value": "x"}, {"type": "choice", "choice.0.en": "X"}):
        page = lead.post(NEW, {**filled(lead.get(NEW), NEW, name="fresh"), **typed, "action": "save"})
        assert (page.status, 'href="#choice.0.value"' in page.body) == (422, True), typed
    assert "fresh" not in lead.get(FIELDS).text
    assert lead.post(NEW, {"csrf": lead.csrf, "action": "save", "before": "{}"}).status == 400


def folds(page: Shown) -> list[bool]:
    """Of each part that can be folded whether it is open, and it is filled in all the same."""
    return [" open" in found for found in re.findall(r"<details[^>]*>", page.body)]


def test_what_is_written_in_other_languages_is_folded_away_until_something_stands_there(lead: Browser) -> None:
    address, api = f"{FIELDS}/folded", Api()
    page = lead.get(NEW)
    # Names, help, the choices, and of each of three rows what people read.
    assert folds(page) == [False] * 6
    told = {"name": "folded", "type": "choice", "choices": [{"value": "a", "labels": {}}], "labels": {"en": "Folded"}}
    assert api.post("/fields", told, **OWNER).status == 201
    page = lead.get(address)
    assert folds(page) == [False, False, True, False, False, False, False]
    own = page.body.partition("<details")[0]
    assert ('value="Folded"' in own, 'name="label.ur"' in own) == (True, False)
    # What is folded is sent nonetheless.
    rows = {"choice.0.ur": "الف", "label.ur": "تہہ"}
    assert lead.post(address, {**filled(page, address), **rows, "action": "save"}).location == f"{FIELDS}?done=saved"
    assert folds(lead.get(address)) == [True, False, True, True, False, False, False]
    wrong = saved(lead, NEW, None, name="fresh", label__ne="x" * 61)
    assert (wrong.status, folds(wrong)) == (422, [True, False, False, False, False, False])
    lead.accepted = "ur"
    assert 'name="label.ur"' in lead.get(address).body.partition("<details")[0]


def test_taking_a_field_away_is_asked_once_more(lead: Browser) -> None:
    address = f"{FIELDS}/old"
    assert Api().post("/fields", {"name": "old", "type": "text"}, **OWNER).status == 201
    asked = lead.get(f"{address}?ask=delete")
    sent = {**filled(asked, address), "action": "delete"}
    assert Api().patch("/fields/old", {"order": 3}, headers={"if-match": "*"}, **OWNER).status == 200
    again = lead.post(address, sent)
    assert (again.status, "do you still want to?" in again.text, stored("old")["order"]) == (412, True, 3)
    answer = lead.post(address, {**filled(again, address), "action": "delete"})
    assert (answer.location, lead.get(address).status) == (f"{FIELDS}?done=deleted", 404)


def test_who_does_not_see_a_field_does_not_know_of_it_and_who_only_looks_changes_none(lead: Browser) -> None:
    told = {"name": "secretly", "type": "text", "visible_to": ["service"]}
    assert Api().post("/fields", told, **OWNER).status == 201
    roster.forget()
    sales = Browser().signed_in("sales")
    page = sales.get(FIELDS)
    assert (page.status, "secretly" in page.text, NEW in page.body) == (200, False, False)
    assert [sales.get(one).status for one in (NEW, f"{FIELDS}/secretly")] == [403, 403]
    assert sales.post(f"{FIELDS}/secretly", {"csrf": sales.csrf, "action": "delete"}).status == 403
    assert "secretly" in lead.get(FIELDS).text


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_it_speaks_the_readers_language(lead: Browser, language: str) -> None:
    lead.accepted = language
    for address in (FIELDS, NEW):
        page = lead.get(address)
        assert (page.status, "field" in page.text.lower()) == (200, False)
