"""Suggested groups on a page: why, how large, and the form with the rule filled in; none of what is hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from crm.access import roster
from crm.core import table
from crm.patterns.models import Suggested
from tests.console.browser import Browser
from tests.console.group_forms import fields, press, rule_of
from tests.support.world import Api, know_the_roster

PAGE = "/console/groups/suggested"
CANARY = "<b onclick=x>\"'&{{7*7}}"
TAGGED = {"field": "tags", "op": "contains", "value": f"club {CANARY}"}
EARNING = {"field": "income_band", "op": "eq", "value": "high"}


def suggestion(rule: Any, seen: int) -> dict[str, Any]:
    numbers = {"share": 0.25, "share_among_them": 0.7, "share_among_all": 0.2, "lift": 3.5, "luck": 0.0001}
    average = {"spent": "1250.50", "purchases": "3.25", "days_since_last_purchase": "12"}
    outcome = {"outcome": "spends_much", "outcome_rule": {"field": "patterns.money", "op": "eq", "value": 5}}
    return {"rule": rule, "seen": seen, **numbers, **outcome, "average": average}


def found(*items: dict[str, Any], customers: int = 200) -> None:
    average = {"spent": "300.00", "purchases": "2.00", "days_since_last_purchase": "40"}
    document = {"customers": customers, "sample": 200, "everybody": average, "items": list(items)}
    kept = Suggested.keyed(found=json.dumps(document), as_of="2027-02-28T04:15:00.000Z")
    table.commit(lambda transaction: transaction.save(kept))


@pytest.fixture(autouse=True)
def nothing_is_kept(shop: None) -> Iterator[None]:
    yield
    if kept := Suggested.read():
        table.commit(lambda transaction: transaction.delete(kept))


def test_each_stands_there_with_why_and_how_large_it_is(manager: Browser) -> None:
    assert "Not looked for yet" in manager.get(PAGE).text
    found()
    assert "Nothing stands out" in manager.get(PAGE).text
    found(suggestion(TAGGED, 50), suggestion(EARNING, 40))
    page = manager.get(PAGE)
    for text in (
        f"club {CANARY}",
        "of all who ever bought",
        "Customers 50",
        "Spent on average 1,250.50",
        "Purchases on average 3.2",
    ):
        assert text in page.text, text
    assert "<b onclick" not in page.body
    assert f'href="{PAGE}"' in manager.get("/console/groups").body
    found(suggestion(TAGGED, 50), customers=2000)
    assert "Customers about 500" in manager.get(PAGE).text


def test_its_button_leads_to_the_form_with_the_rule_filled_in(manager: Browser) -> None:
    found(suggestion(EARNING, 40), suggestion(TAGGED, 50))
    address = manager.get(PAGE).body.split("/console/new-group?suggested=")[2].partition('"')[0]
    page = manager.get(f"/console/new-group?suggested={address}")
    assert fields(page)["value-0-0"] == f"club {CANARY}"
    assert "customers now" in page.text
    saved = press(manager, page, "save", name="Club")
    assert saved.status == 303
    group = saved.location.rpartition("/")[2].partition("?")[0]
    assert rule_of(group) == {"all": [TAGGED]}
    assert Api().delete(f"/segments/{group}", headers={"if-match": "*"}).status == 204
    gone = manager.get("/console/new-group?suggested=nothing")
    assert (gone.status, "Nothing is asked for yet" in gone.text) == (200, True)


def test_nobody_is_told_of_what_they_do_not_see(browser: Browser) -> None:
    found(suggestion(EARNING, 40), suggestion(TAGGED, 50))
    own = {"id": "counter", "says": "Counts.", "hidden": ["/income_band"], "all": ["customers.read", "totals.read"]}
    assert Api().post("/roles", own, caller="owner", role="owner").status == 201
    told = {"id": "cora", "name": "Cora", "role": "counter"}
    assert Api().post("/staff", told, caller="owner", role="owner").status == 201
    roster.forget()
    counter = Browser().signed_in("cora", role="counter").get(PAGE)
    assert (counter.status, "club" in counter.text, "income" in counter.text) == (200, True, False)
    know_the_roster()
    looks = Browser().signed_in("viewer", role="readonly")
    assert ("Make a group of them" in looks.get(PAGE).text, looks.get(PAGE).status) == (False, 200)
    for role in ("sales", "till"):
        seller = Browser().signed_in("ida", role=role)
        assert seller.get(PAGE).status == 403
        assert PAGE not in seller.get("/console/groups").body
