"""Customers are put into the bin and brought back on pages, each after what it means was said."""

from __future__ import annotations

from typing import Any

import pytest

from crm.access import roster
from crm.access.models import PARTITION, ROSTER, Roster
from crm.core.lease import Lease
from tests.console.browser import Browser, Shown
from tests.console.filled import fields
from tests.imports.office import Office
from tests.support.flow import settle
from tests.support.world import Api, know_the_roster

PLACE = "/console/bin"
CANARY = "<b x=\"'>&{{7*7}}"
RTL = "بن کا گاہک (1)"


@pytest.fixture(scope="module")
def api(shop: None) -> Api:
    api = Api()
    for who in ("bina_s", "bodo_s"):
        assert api.post("/staff", {"id": who, "name": who, "role": "sales"}, role="owner").status == 201
    Lease.forget_all()
    return api


def made(api: Api, **more: Any) -> str:
    answer = api.post("/customers", {"name": f"Binned {CANARY}", **more})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def put(browser: Browser, customer_id: str) -> Shown:
    path = f"/console/customers/{customer_id}/delete"
    return browser.post(path, fields(browser.get(path), path))


def back(browser: Browser, customer_id: str, **more: str) -> Shown:
    path = f"{PLACE}/{customer_id}/restore"
    return browser.post(path, {"csrf": browser.csrf, **more})


def test_one_is_asked_and_a_customer_goes_into_the_bin_and_comes_back(manager: Browser, api: Api) -> None:
    one = made(api, phone="+923004177101", tags=["bin page"])
    assert f'href="/console/customers/{one}/delete"' in manager.get(f"/console/customers/{one}").body
    asked = manager.get(f"/console/customers/{one}/delete")
    assert ("For thirty days" in asked.text, f"Binned {CANARY}" in asked.text, "<b x" in asked.body) == (
        True, True, False,
    )  # fmt: skip
    assert api.get(f"/customers/{one}").status == 200
    answer = put(manager, one)
    assert (answer.status, answer.location) == (303, f"{PLACE}?done=put")
    assert api.get(f"/customers/{one}").status == 404
    page = manager.get(answer.location)
    line = page.text.partition(f"Binned {CANARY}")[2][:200]
    assert all(text in line for text in ("kept until", "+923004177101", "manager", "Bring back"))
    assert f'href="/console/customers/{one}/erase"' in page.body
    answer = back(manager, one)
    assert answer.location == f"/console/customers/{one}?done=restored"
    assert "Brought back, as it was." in manager.get(answer.location).text
    assert api.get(f"/customers/{one}").body["tags"] == ["bin page"]
    assert f"{PLACE}/{one}/restore" not in manager.get(PLACE).body


def test_who_was_changed_meanwhile_is_looked_at_once_more(manager: Browser, api: Api) -> None:
    one, path = made(api), "/console/customers/{}/delete"
    asked = fields(manager.get(path.format(one)), path.format(one))
    assert api.patch(f"/customers/{one}", {"name": RTL}, headers={"if-match": "*"}).status == 200
    answer = manager.post(path.format(one), asked)
    assert (answer.status, RTL in answer.text, "meanwhile" in answer.text) == (409, True, True)
    assert api.get(f"/customers/{one}").status == 200
    for wrong in ({}, {"version": "x"}, {"version": "9" * 5000}):
        assert manager.post(path.format(one), {"csrf": manager.csrf, **wrong}).status == 422
    assert manager.post(path.format(one), fields(answer, path.format(one))).status == 303
    assert RTL in manager.get(PLACE).text


def test_an_address_that_somebody_else_has_by_now_is_told(manager: Browser, api: Api) -> None:
    one = made(api, phone="+923004177102")
    assert put(manager, one).status == 303
    other = made(api, phone="+923004177102")
    answer = back(manager, one)
    assert (answer.status, f'href="/console/customers/{other}"' in answer.body) == (409, True)
    path = f"{PLACE}/{one}/restore"
    assert manager.post(path, {**fields(answer, path), "allow_duplicate": "yes"}).status == 303
    assert api.get(f"/customers/{one}").status == 200


def test_who_was_erased_since_comes_back_only_where_one_says_that_they_came_by_themselves(
    manager: Browser, api: Api
) -> None:
    one, path = made(api, email="wish@bin.example", phone="+923004177103"), f"{PLACE}/{{}}/restore"
    assert put(manager, one).status == 303
    # The same person, entered once more by somebody, was erased at their own wish.
    again = made(api, email="wish@bin.example")
    assert manager.post(f"/console/customers/{again}/erase", {"csrf": manager.csrf, "sure": "yes"}).status == 303
    settle()
    Office.work()
    settle()
    answer = back(manager, one)
    assert (answer.status, 'name="allow_forgotten"' in answer.body) == (409, True)
    assert "asked to be forgotten" in answer.text
    assert api.get(f"/customers/{one}").status == 404
    assert back(manager, one, allow_duplicate="yes").status == 409
    sent = {**fields(answer, path.format(one)), "allow_forgotten": "yes"}
    assert manager.post(path.format(one), sent).location == f"/console/customers/{one}?done=restored"
    assert api.get(f"/customers/{one}").body["email"] == "wish@bin.example"


def test_a_seller_reaches_the_own_customers_and_nobody_elses(browser: Browser, api: Api) -> None:
    mine, other = made(api, owner="bina_s"), made(api, owner="bodo_s")
    bina, bodo = Browser().signed_in("bina_s", role="sales"), Browser().signed_in("bodo_s", role="sales")
    assert bina.get(f"/console/customers/{other}/delete").status == 404
    assert put(bodo, other).status == 303
    assert put(bina, mine).status == 303
    page = bina.get(PLACE).body
    assert (f"{PLACE}/{mine}/restore" in page, f"{PLACE}/{other}/restore" in page) == (True, False)
    assert "/erase" not in page
    assert back(bina, other).status == 404
    assert back(bina, mine).status == 303
    assert back(bina, "nobody").status == 404
    till = browser.signed_in("till")
    assert [till.get(one).status for one in (PLACE, f"/console/customers/{mine}/delete")] == [403, 403]
    page = till.get(f"/console/customers/{mine}").body
    assert [f"/{mine}/{word}" in page for word in ("delete", "erase", "copy")] == [False] * 3


def test_an_empty_bin_says_how_anything_comes_there(api: Api) -> None:
    own = {"keeper": {"says": "Has few.", "own": ["customers.read", "customers.delete"], "version": 1}}
    roster.remember(Roster(PARTITION, ROSTER, version=1, members={"berta": {"role": "keeper"}}, roles=own, teams={}))
    page = Browser().signed_in("berta", role="keeper").get(PLACE)
    know_the_roster()
    assert ("Nobody is in the bin." in page.text, 'href="/console/find"' in page.body) == (True, True)
