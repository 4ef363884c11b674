"""The form that builds a rule: by its buttons alone, with who it holds before it is saved, and nothing lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.browser import Browser
from tests.console.group_forms import CANARY, NEW, SPENT, Known, built, fields, furnished, make, press, rule_of


@pytest.fixture(scope="module")
def known(shop: None) -> Known:
    return furnished()


def test_a_rule_is_built_by_buttons_alone_and_saved(manager: Browser, known: Known) -> None:
    page = built(manager)
    assert page.status == 200
    page = press(manager, page, "preview", value_0_1_1="ur")
    for text in ("1 customer now", "Zara", "the money spent in all is at least"):
        assert text in page.text, text
    assert "Zoya" not in page.text
    saved = press(manager, page, "save", name=f"Mine {CANARY}")
    assert (saved.status, saved.location.endswith("?done=made")) == (303, True)
    group_id = saved.location.split("/")[-1].partition("?")[0]
    assert rule_of(group_id) == {
        "all": [
            SPENT,
            {
                "any": [
                    {"field": "tags", "op": "contains", "value": "gold"},
                    {"field": "language", "op": "eq", "value": "ur"},
                ]
            },
        ]
    }
    # The same form once more makes no second group.
    assert press(manager, page, "save", name=f"Mine {CANARY}").location == saved.location


def test_a_part_is_taken_out_and_a_bracket_away(manager: Browser, known: Known) -> None:
    page = press(manager, built(manager), "remove 0-0")
    assert [value for name, value in fields(page).items() if name.startswith("field")] == ["tags", "language"]
    page = press(manager, page, "dissolve 0-0")
    assert [name for name in fields(page) if name.startswith("join")] == ["join-0"]
    page = press(manager, press(manager, page, "bracket 0-0"), "remove 0-0-0")
    assert {name: value for name, value in fields(page).items() if name.startswith("field")} == {
        "field-0-0": "language"
    }


def test_what_is_missing_stands_beside_its_condition_and_what_was_typed_stays(manager: Browser, known: Known) -> None:
    page = press(manager, built(manager), "save", name="Kept", value_0_0="many", value_0_1_0=CANARY)
    assert page.status == 422
    assert "Give a number" in page.text.partition("the money spent in all")[2][:400]
    assert (fields(page)["value-0-0"], fields(page)["value-0-1-0"], fields(page)["name"]) == ("many", CANARY, "Kept")
    empty = press(manager, manager.get(NEW), "save", name="")
    assert (empty.status, "Add a condition." in empty.text) == (422, True)
    assert press(manager, built(manager), "save", name="").status == 422


def test_time_is_asked_for_as_people_say_it(manager: Browser, known: Known) -> None:
    page = press(manager, manager.get(NEW), "add 0", new_0="facts.last_contact_at")
    page = press(manager, page, "add 0", new_0="custom.fitted_on", op_0_0="within_last", value_0_0="30", unit_0_0="D")
    page = press(manager, page, "add 0", new_0="purchases", op_0_1="anniversary_in")
    window = {"product-0-2": "Tea", "within-0-2": "3", "span-0-2": "M", "value-0-2": "2"}
    page = manager.post(
        "/console/groups", {**fields(page), **window, "value-0-1": "month", "name": "Timed", "do": "save"}
    )
    assert rule_of(page.location.split("/")[-1].partition("?")[0]) == {
        "all": [
            {"field": "facts.last_contact_at", "op": "within_last", "value": "P30D"},
            {"field": "custom.fitted_on", "op": "anniversary_in", "value": "month"},
            {"field": "purchases", "op": "ge", "value": "2", "product": "Tea", "within": "P3M"},
        ]
    }


RULES: tuple[Any, ...] = (
    SPENT,
    {"not": SPENT},
    {"not": {"any": [SPENT, {"field": "age", "op": "between", "value": [18, 30]}]}},
    {"not": {"all": [SPENT, {"field": "name", "op": "in", "value": ["a b", "c"]}]}},
    {
        "any": [
            {"field": "consent.marketing", "op": "ne", "value": False},
            {"field": "email", "op": "exists", "value": True},
        ]
    },
    {"all": [{"field": "birthday", "op": "anniversary_within_next", "value": "P2W"}, {"not": {"not": SPENT}}]},
    {
        "all": [
            {"field": "custom.size", "op": "in", "value": ["m"]},
            {"field": "birthday", "op": "eq", "value": "--05-17"},
        ]
    },
)


def test_a_script_is_given_the_part_that_changes(manager: Browser, known: Known) -> None:
    form = {**fields(built(manager)), "value-0-1-1": "ur", "do": "preview"}
    part = manager.post("/console/groups", form, hx_request="true")
    assert ("<html" in part.body, part.body.count('id="preview"'), part.body.count('id="builder"')) == (False, 1, 1)
    assert "1 customer now" in part.text
    # Else a button would do what the form does while somebody types.
    assert (
        """value="add 0" class="plain" formnovalidate hx-post="/console/groups" hx-vals='{"do": "add 0"}'"""
        in part.body
    )


def test_marketing_asks_for_nothing_that_it_does_not_see(browser: Browser, known: Known) -> None:
    browser.signed_in("marketing")
    page = browser.get(NEW)
    assert page.status == 200, page.text
    assert ('value="facts.spent"' in page.body, 'value="email"' in page.body) == (True, False)
    form = {"csrf": browser.csrf, "join-0": "all", "field-0-0": "email", "op-0-0": "starts_with", "value-0-0": "z"}
    tried = browser.post("/console/groups", {**form, "name": "Sly", "once": "x", "do": "save"})
    assert (tried.status, "no such field" in tried.text) == (422, True)
    tried = browser.post("/console/groups", {**form, "do": "preview"})
    assert "Zara" not in tried.text


@pytest.mark.parametrize("role", ["sales", "readonly"])
def test_who_makes_no_groups_has_no_form(browser: Browser, known: Known, role: str) -> None:
    browser.signed_in(role)
    path = f"/console/groups/{known.group}"
    assert [browser.get(one).status for one in (NEW, f"{path}/edit", f"{path}/delete")] == [403] * 3
    token = {"csrf": browser.csrf}
    assert [browser.post(f"{path}{one}", token).status for one in ("", "/members", "/delete")] == [403] * 3
    assert "/edit" not in browser.get(path).body


def test_what_people_wrote_is_text_in_every_field_of_the_form(manager: Browser, known: Known) -> None:
    rule = {
        "any": [
            {"field": "name", "op": "in", "value": [CANARY, "b"]},
            {"field": "segment", "op": "eq", "value": known.group},
        ]
    }
    page = manager.get(f"{make(CANARY, rule)}/edit")
    assert "<i>" not in page.body
    assert f"Gold {CANARY}" in page.text
    assert CANARY in fields(page)["value-0-0"]
    hostile = {
        "csrf": manager.csrf,
        "join-0": "<i>",
        "field-0-0": "<i>",
        "op-0-0": "<i>",
        "value-0-0": "<i>",
        "kept-0-1": "[1",
    }
    assert manager.post("/console/groups", hostile).status == 400
    del hostile["kept-0-1"]
    page = manager.post("/console/groups", {**hostile, "field-0-9-9": "x", "do": "save"})
    assert (page.status, "<i>" in page.body) == (422, False)
