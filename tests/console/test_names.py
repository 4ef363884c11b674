"""Who works here is called by name wherever a page says who did something; who is no member by their short name."""

from __future__ import annotations

from typing import Any

import pytest

from crm.console import house
from crm.core.lease import Lease
from tests.console.browser import Browser
from tests.support.flow import settle
from tests.support.meter import metered
from tests.support.world import Api

CANARY = "<b onclick=x>\"'&{{7*7}}"
NADIA = f"نادیہ {CANARY}"
OWNER: dict[str, Any] = {"caller": "boss", "role": "owner"}


@pytest.fixture(scope="module")
def hers(shop: None) -> str:
    """A customer of Nadia's with a call that she has logged, a reminder to her, and rules that give her who is new."""
    api = Api()
    assert api.post("/staff", {"id": "nad1", "name": NADIA, "role": "manager"}, **OWNER).status == 201
    made = str(api.post("/customers", {"name": "Hassan", "owner": "nad1", "email": "hassan@shop.example"}).body["id"])
    call = {"kind": "call", "summary": "Rang up"}
    assert api.post(f"/customers/{made}/interactions", call, caller="nad1").status == 201
    assert api.post(f"/customers/{made}/interactions", call, caller="key:k123", role="manager").status == 201
    reminder = {"subject": "Ring", "at": "2099-03-01T09:00", "customer_id": made, "to": "staff", "staff": "nad1"}
    assert api.post("/reminders", reminder, **OWNER).status == 201
    told = {"title": "News", "text": "Text", "teams": [], "roles": [], "mail": False}
    assert api.post("/announcements", told, caller="nad1", role="manager").status == 201
    rule = {"id": "all", "name": "All", "when": None, "to": {"member": "nad1"}}
    assert api.patch("/routing", {"rules": [rule]}, headers={"if-match": "*"}, **OWNER).status == 200
    settle()
    Lease.forget_all()
    return made


@pytest.fixture(scope="module")
def other(hers: str) -> str:
    """Somebody who is nobody's."""
    return str(Api().post("/customers", {"name": "Hasan"}).body["id"])


@pytest.mark.parametrize(
    "place",
    [
        *("/console/customers", "/console/reminders?show=everybody", "/console", "/console/routing"),
        *("/console/customers/{id}", "/console/customers/{id}/timeline", "/console/customers/{id}/edit?block=care"),
        *("/console/routing?try=1&language=&phone=&tag=", "/console/exports"),
        *("/console/customers/{id}/sources", "/console/customers/{id}/merge?from={other}"),
    ],
)
def test_a_page_says_the_name_and_not_the_short_one(hers: str, other: str, place: str) -> None:
    page = Browser().signed_in("boss", role="owner").get(place.format(id=hers, other=other))
    assert (page.status, NADIA in page.text, "nad1" in page.text) == (200, True, False)
    assert "<b onclick" not in page.body


def test_who_is_no_member_is_called_as_before(hers: str) -> None:
    assert "key:k123" in Browser().signed_in("boss", role="owner").get(f"/console/customers/{hers}").text


def test_who_has_read_something_is_told_by_name(hers: str) -> None:
    boss = Browser().signed_in("boss", role="owner")
    [one] = Api().get("/announcements", **OWNER).body["items"]
    assert Api().post(f"/announcements/{one['id']}/read", caller="nad1", role="manager").status == 200
    told = boss.get(f"/console/announcements?one={one['id']}").text.partition("Has read it")[2]
    assert NADIA in told.partition("Tell the team something")[0]


def test_the_page_of_a_customer_waits_for_no_name(hers: str) -> None:
    boss = Browser().signed_in("boss", role="owner")
    boss.get(f"/console/customers/{hers}")
    house._STAFF._seen = None
    with metered() as cost:
        page = boss.get(f"/console/customers/{hers}")
    assert (cost.round_trips <= 2, NADIA in page.text) == (True, True), cost.calls
    assert cost.longest <= 2
    with metered() as cost:
        boss.get(f"/console/customers/{hers}")
    assert cost.beside.total() <= 2, cost.beside
