"""The account of an organisation: what it shows agrees with a recount of everything that was ever recorded."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import table
from crm.relations import account
from tests.merges.merging import buy, merge, talk
from tests.relations.relating import ANY, firm, new, relate
from tests.support import faults
from tests.support.rows import all_items
from tests.support.world import Api
from tests.support.worlds import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with pytest.MonkeyPatch.context() as monkeypatch, chosen(monkeypatch):
        yield Api()


def shown(api: Api, one: str, **query: str) -> dict[str, Any]:
    answer = api.get(f"/customers/{one}/account", query=query)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body
    return found


def recount(*customers: str) -> dict[str, Any]:
    """What is recorded with some customers, from all events that there are."""
    events = [table.from_item(item) for item in all_items() if item["sk"]["S"].startswith("EVENT#")]
    mine = [one for one in events if one["pk"].removeprefix("CUSTOMER#") in customers]
    bought, talked = (
        [one for one in mine if (one["kind"] == "purchase") == is_purchase] for is_purchase in (True, False)
    )
    paid: dict[str, Decimal] = {}
    for one in bought:
        currency = one["details"]["currency"]
        paid[currency] = paid.get(currency, Decimal(0)) + Decimal(one["details"]["amount"])
    return {
        "spent": f"{paid.pop('USD', Decimal(0)):.2f}",
        "other_currencies": {currency: f"{amount:.2f}" for currency, amount in paid.items()},
        "purchases": len(bought),
        "interactions": len(talked),
        "first_purchase_at": min((one["at"] for one in bought), default=None),
        "last_purchase_at": max((one["at"] for one in bought), default=None),
        "last_contact_at": max((one["at"] for one in talked), default=None),
    }


def test_an_account_is_what_is_recorded_with_its_organisations_and_people(api: Api) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose
    head, shop, depot, stall = firm(api, "سر دفتر"), firm(api, "Shop"), firm(api, "Depot"), firm(api, "Stall")
    for below, above in ((shop, head), (depot, head), (stall, shop)):
        assert relate(api, below, "branch_of", above).status == 201
    people = [new(api, f"Person {place}") for place in range(6)]
    belongs = {head: people[:2], shop: people[1:4], depot: [], stall: people[4:5]}
    for one, members in belongs.items():
        for person in members:
            assert relate(api, one, "member", person, roles=["payer"], title="کلرک").status == 201
    assert relate(api, stall, "member", people[5], until="2025-12-31").status == 201
    stranger = new(api, "Stranger")
    for _ in range(40):
        who, day = chance.choice([*people, *belongs, stranger]), chance.randrange(10, 28)
        at = f"2026-01-{day}T10:00:00Z"
        if chance.random() < 0.6:
            money = {"currency": chance.choice(["USD", "USD", "NPR"]), "at": at}
            assert buy(api, who, f"{chance.randrange(100, 9999) / 100:.2f}", **money).status == 201
        else:
            assert talk(api, who, at=at).status == 201
    found = shown(api, head)
    assert (found["id"], found["name"], found["complete"], found["next"]) == (head, "سر دفتر", True, None)
    assert found["totals"] == recount(*belongs, *people[:5])
    by_id: dict[str, Any] = {one["id"]: one for one in found["organisations"]}
    assert {one: (each["level"], each["branch_of"]) for one, each in by_id.items()} == {
        head: (0, None),
        shop: (1, head),
        depot: (1, head),
        stall: (2, shop),
    }
    for one, members in belongs.items():
        assert by_id[one]["own"] == recount(one)
        assert by_id[one]["sums"] == recount(one, *members)
        assert by_id[one]["people"] == len(members)
    listed = [(one["organisation"], one["id"], one["roles"], one["title"]) for one in found["people"]]
    assert sorted(listed) == sorted(
        (one, person, ["payer"], "کلرک") for one, members in belongs.items() for person in members
    )
    spent = {one["id"]: one["spent"] for one in found["people"]}
    assert spent == {person: recount(person)["spent"] for person in people[:5]}
    lower = shown(api, shop)
    assert lower["totals"] == recount(shop, stall, *people[1:5])
    assert lower["organisations"][0]["branch_of"] is None


def test_an_account_leaves_out_who_is_deleted_and_follows_who_was_merged(api: Api) -> None:
    head, branch, sara, bilal = firm(api, "Head"), firm(api, "Branch"), new(api, "One"), new(api, "Two")
    for place, person in ((head, sara), (branch, bilal)):
        assert relate(api, place, "member", person).status == 201
        assert buy(api, person, "5.00").status == 201
    assert relate(api, branch, "branch_of", head).status == 201
    assert shown(api, head)["totals"]["spent"] == "10.00"
    assert api.delete(f"/customers/{branch}", headers=ANY).status == 204
    assert (shown(api, head)["totals"]["spent"], len(shown(api, head)["organisations"])) == ("5.00", 1)
    assert api.post(f"/bin/{branch}/restore").status == 200
    twin = new(api, "One again")
    assert buy(api, twin, "7.00").status == 201
    merge(api, twin, sara)
    assert shown(api, head)["totals"]["spent"] == "17.00"
    assert twin in [person["id"] for person in shown(api, head)["people"]]
    wrong = api.get(f"/customers/{twin}/account")
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "id")
    assert api.get("/customers/nobody/account").status == 404


def test_open_reminders_to_and_about_the_organisation_are_counted(api: Api) -> None:
    head = firm(api, "Head")
    api.post("/staff", {"id": "manager", "name": "M", "email": "m@shop.example", "timezone": "UTC"})
    when = {"customer_id": head, "at": "2030-12-01T10:00", "timezone": "UTC", "subject": "Offer"}
    made = [api.post("/reminders", {"to": to, **when}) for to in ("customer", "staff", "staff")]
    assert [one.status for one in made] == [201] * 3
    assert api.post(f"{made[2].headers['location']}/complete", headers=ANY).status == 200
    assert shown(api, head)["open_reminders"] == 2


def test_people_come_a_page_at_a_time_and_a_large_account_takes_few_reads(api: Api) -> None:
    head = firm(api, "Head")
    people = [new(api, f"Person {place:03}") for place in range(105)]
    for person in people:
        assert relate(api, head, "member", person).status == 201
    names, cursor = list[str](), None
    while not names or cursor:
        found = shown(api, head, limit="50", **({"cursor": cursor} if cursor else {}))
        names += [person["name"] for person in found["people"]]
        cursor = found["next"]
    assert names == [f"Person {place:03}" for place in range(105)]
    with faults.recording() as calls:
        assert shown(api, head)["organisations"][0]["people"] == 105
    assert sorted(calls) == ["BatchGetItem"] * 2 + ["GetItem"] + ["Query"] * 3


def test_an_account_that_is_too_large_says_that_it_is_not_complete(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    head = firm(api, "Head")
    branches, people = [firm(api, f"Branch {place}") for place in range(3)], [new(api, f"P {n}") for n in range(4)]
    for one in branches:
        assert relate(api, one, "branch_of", head).status == 201
    for person in people:
        assert relate(api, branches[0], "member", person).status == 201
        assert buy(api, person, "1.00").status == 201
    whole = shown(api, head)
    assert (whole["complete"], whole["totals"]["spent"]) == (True, "4.00")
    monkeypatch.setattr(account, "MOST_PEOPLE", 3)
    found = shown(api, head)
    assert (found["complete"], found["totals"]["spent"], len(found["people"])) == (False, "3.00", 3)
    monkeypatch.setattr(account, "MOST_PEOPLE", 2000)
    monkeypatch.setattr(account, "MOST_BRANCHES", 2)
    few = shown(api, head)
    assert (few["complete"], len(few["organisations"])) == (False, 3)


def test_who_does_not_reach_somebody_sees_nothing_of_them_here_either(api: Api) -> None:
    assert api.post("/staff", {"id": "sales", "name": "S", "role": "sales"}, role="owner").status == 201
    head, mine, theirs = firm(api, "Head"), new(api, "Mine", owner="sales"), new(api, "Theirs", owner="manager")
    for person in (mine, theirs):
        assert relate(api, head, "member", person).status == 201
        assert buy(api, person, "3.00").status == 201
    seller = {"caller": "sales", "role": "sales"}
    listed = api.get(f"/customers/{head}/relations", **seller).body["items"]
    assert [one["customer"]["name"] for one in listed] == ["Mine"]
    found = api.get(f"/customers/{head}/account", **seller).body
    assert ([one["name"] for one in found["people"]], found["totals"]["spent"]) == (["Mine"], "3.00")
    assert found["organisations"][0]["people"] == 1
