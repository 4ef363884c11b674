"""The form that builds a rule: by its buttons alone, with who it holds before it is saved, and nothing lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest

from crm.console import reasons
from crm.console.groups.rule_form import leaves, tree
from crm.core.lease import Lease
from tests.console.browser import Browser, Shown
from tests.segments.groups import customer, purchase
from tests.support.flow import settle
from tests.support.world import Api, know_the_roster

CANARY = "<i>'\"&{{7*7}}"
SPENT = {"field": "facts.spent", "op": "ge", "value": "4321"}
NEW = "/console/new-group"


@dataclass(frozen=True)
class Known:
    """Customers who bought for 4,321 and more, and a group to be named in rules."""

    best: str
    group: str


@pytest.fixture(scope="module")
def known(shop: None) -> Known:
    api = Api()
    best = customer(api, f"Zara {CANARY}", tags=["gold"], language="ur")
    purchase(api, best, "4400")
    purchase(api, customer(api, "Zoya"), "4500")
    fields = [
        {
            "name": "size",
            "type": "choice",
            "labels": {"en": "Size"},
            "choices": [{"value": "m", "labels": {"en": "Mid"}}],
        },
        {"name": "fitted_on", "type": "date", "labels": {"en": "Fitted on"}},
    ]
    assert {api.post("/fields", one).status for one in fields} == {201}
    group = api.post(
        "/segments", {"name": f"Gold {CANARY}", "rule": {"field": "tags", "op": "contains", "value": "gold"}}
    )
    settle()
    Lease.forget_all()
    know_the_roster()
    return Known(best, str(group.body["id"]))


class _Form(HTMLParser):
    """What a browser would send of the form that holds the rule, without any button."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._is_in, self._select, self._area = False, "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_in = told.get("id") == "rule-form"
        if not self._is_in:
            return
        if tag == "input":
            self.fields[told["name"]] = told.get("value", "")
        elif tag == "select":
            self._select = told["name"]
        elif tag == "option" and (self._select not in self.fields or "selected" in told):
            self.fields[self._select] = told["value"]
        elif tag == "textarea":
            self._area, self.fields[told["name"]] = told["name"], ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def fields(page: Shown) -> dict[str, str]:
    form = _Form()
    form.feed(page.body)
    return form.fields


def press(browser: Browser, page: Shown, do: str, address: str = "/console/groups", **typed: str) -> Shown:
    """Fill in the form of a page, and press a button of it."""
    given = {name.replace("__", "-").replace("_", "-"): value for name, value in typed.items()}
    return browser.post(address, {**fields(page), **given, "do": do})


def built(browser: Browser) -> Shown:
    """A form with: spent at least, and (tagged gold or Urdu)."""
    page = press(browser, browser.get(NEW), "add 0", new_0="facts.spent")
    page = press(browser, page, "add 0", new_0="tags", value_0_0="۴۳۲۱")
    page = press(browser, page, "bracket 0-1")
    return press(browser, page, "add 0-1", new_0_1="language", value_0_1_0="gold")


def rule_of(group_id: str) -> Any:
    found = Api().get(f"/segments/{group_id}").body
    return found["building"]["rule"] if found["building"] else found["rule"]


def make(name: str, rule: Mapping[str, Any]) -> str:
    made = Api().post("/segments", {"name": name, "rule": rule})
    assert made.status == 201, made.body
    return f"/console/groups/{made.body['id']}"


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


@pytest.mark.parametrize("rule", RULES)
def test_what_is_stored_comes_back_as_it_was(manager: Browser, known: Known, rule: Any) -> None:
    path = make("Round", rule)
    page = manager.get(f"{path}/edit")
    assert press(manager, page, "save", path, name="Other name").location == f"{path}?done=changed"
    found = Api().get(f"/segments/{path.rpartition('/')[2]}").body
    assert (found["name"], rule_of(found["id"])) == ("Other name", rule)


def test_what_the_form_cannot_show_is_said_and_kept(manager: Browser, known: Known) -> None:
    odd = {"field": "birthday", "op": "within_last", "value": "P1Y6M"}
    path = make("Odd", {"any": [odd, SPENT]})
    page = manager.get(f"{path}/edit")
    assert "the birthday is within the last 1 year 6 months" in page.text.replace("\u2068", "").replace("\u2069", "")
    assert "cannot be shown as a form" in page.text
    assert press(manager, page, "save", path, value_0_1="99").status == 303
    assert rule_of(path.rpartition("/")[2]) == {"any": [odd, {**SPENT, "value": "99"}]}
    # In the form a value stands on each line, without the spaces around it.
    loose = {"field": "name", "op": "in", "value": [" of spaces ", "of two\nlines"]}
    path = make("Loose", {"any": [loose, SPENT]})
    assert press(manager, manager.get(f"{path}/edit"), "save", path, value_0_1="98").status == 303
    assert rule_of(path.rpartition("/")[2]) == {"any": [loose, {**SPENT, "value": "98"}]}
    many = {"any": [{"field": "facts.spent", "op": "eq", "value": number} for number in range(60)]}
    path = make("Many", many)
    assert press(manager, manager.get(f"{path}/edit"), "save", path, name="Many still").status == 303
    assert rule_of(path.rpartition("/")[2]) == many


def test_who_was_slower_sees_both_and_chooses(manager: Browser, known: Known) -> None:
    path = make("Raced", SPENT)
    page = manager.get(f"{path}/edit")
    group_id = path.rpartition("/")[2]
    Api().patch(f"/segments/{group_id}", {"name": f"Theirs {CANARY}"}, headers={"If-Match": "*"})
    mine = press(manager, page, "save", path, name="Mine now", value_0_0="77")
    assert mine.status == 409
    assert f"Theirs {CANARY}" in mine.text
    assert "Mine now" in mine.text
    assert rule_of(group_id) == SPENT
    assert press(manager, mine, "save", path).status == 303
    assert (Api().get(f"/segments/{group_id}").body["name"], rule_of(group_id)["all"][0]["value"]) == ("Mine now", "77")


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


def test_a_group_is_deleted_after_it_was_asked_once_more(manager: Browser, known: Known) -> None:
    path = make("Short-lived", SPENT)
    holder = make("Holder", {"field": "segment", "op": "eq", "value": path.rpartition("/")[2]})
    assert "Holder" in manager.get(f"{path}/delete").text
    page = manager.get(f"{holder}/delete")
    assert manager.post(f"{holder}/delete", {"csrf": page.csrf}).status == 422
    told = {"csrf": page.csrf, "do": "delete", "version": "1"}
    assert manager.post(f"{path}/delete", told).status == 409
    Api().patch(f"/segments/{holder.rpartition('/')[2]}", {"name": "Held"}, headers={"If-Match": "*"})
    late = manager.post(f"{holder}/delete", told)
    assert (late.status, "Held" in late.text) == (412, True)
    assert manager.post(f"{holder}/delete", {**told, "version": "2"}).location == "/console/groups?done=deleted"
    assert manager.get(holder).status == 404


def test_customers_are_put_in_and_taken_out_by_hand(manager: Browser, known: Known) -> None:
    page = press(manager, manager.get(NEW), "save_picked", name="By hand")
    path = page.location.partition("?")[0]
    found = manager.get(f"{path}?who=zar")
    assert f'name="customer" value="{known.best}"' in found.body
    part = manager.get(f"{path}?who=zar", hx_request="true")
    assert ("<html" in part.body, known.best in part.body) == (False, True)
    told = {"csrf": manager.csrf, "customer": known.best}
    assert manager.post(f"{path}/members", {**told, "do": "put_in"}).location == f"{path}?done=put_in"
    settle()
    assert "Zara" in manager.get(path).text
    assert "is in it" in manager.get(f"{path}?who=zar").text
    assert manager.post(f"{path}/members", {**told, "do": "take_out"}).location == f"{path}?done=taken_out"
    assert manager.post(f"{path}/members", {**told, "customer": "x", "do": "put_in"}).location == f"{path}?done=nobody"
    by_rule = f"/console/groups/{known.group}/members"
    assert manager.post(by_rule, {**told, "do": "put_in"}).status == 409


def test_the_reasons_of_the_form_are_said_in_every_language() -> None:
    assert {*leaves.REASONS, tree.ADD_ONE} <= reasons.KNOWN
