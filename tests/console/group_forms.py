"""Groups of the shop, and the form of a rule as a browser would send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

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


def furnished() -> Known:
    """Who spent much, own fields, and a group; other tests of the shop may have made the fields already."""
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
    assert {api.post("/fields", one).status for one in fields} <= {201, 409}
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
