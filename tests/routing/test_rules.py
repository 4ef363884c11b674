"""Whoever nobody owns is given to somebody by the rules of the business: fairly, once, never to who is not there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from crm.access import roster
from crm.core.author import Author
from crm.customers import service as customers
from crm.routing.models import Turn
from tests.routing.office import (
    ANY,
    NEPALI,
    answered,
    changed,
    customer,
    owner_of,
    ruled,
    staffed,
    to_member,
    to_team,
)
from tests.support import faults
from tests.support.world import Api
from tests.support.worlds import chosen

if TYPE_CHECKING:
    from tests.support.world import Api


@pytest.fixture
def office(api: Api) -> Api:
    staffed(api)
    return api


def test_the_first_rule_that_fits_decides(office: Api) -> None:
    ruled(office, to_member("nepali", "zoya", NEPALI), to_member("rest", "omar"))
    assert owner_of(office, language="ne") == "zoya"
    assert owner_of(office, language="ne-NP", owner="mira") == "mira"
    assert owner_of(office, language="ur") == owner_of(office) == "omar"


@pytest.mark.parametrize(
    ("when", "fields"),
    [
        ({"field": "address", "op": "contains", "value": "काठमाडौं"}, {"address": "Thamel 3, काठमाडौं, Nepal"}),
        ({"field": "phone", "op": "starts_with", "value": "+977"}, {"phone": "+9779841234567"}),
        ({"field": "tags", "op": "contains", "value": "VIP"}, {"tags": ["vip"]}),
        (
            {"all": [NEPALI, {"not": {"field": "kind", "op": "eq", "value": "person"}}]},
            {"language": "ne", "kind": "organisation"},
        ),
    ],
)
def test_rules_ask_for_place_tag_and_whatever_groups_can_ask_for(
    office: Api, when: Any, fields: dict[str, Any]
) -> None:
    ruled(office, to_member("some", "zoya", when))
    assert (owner_of(office, **fields), owner_of(office)) == ("zoya", None)


def test_a_rule_follows_the_group_that_it_names_and_a_group_in_use_stays(office: Api) -> None:
    group = answered(office.post("/segments", {"name": "Nepal", "rule": NEPALI}), 201)["id"]
    ruled(office, to_member("nepal", "zoya", {"field": "segment", "op": "eq", "value": group}))
    assert (owner_of(office, language="ne"), owner_of(office, language="ur")) == ("zoya", None)
    urdu = {"rule": {"field": "language", "op": "eq", "value": "ur"}}
    answered(office.patch(f"/segments/{group}", urdu, headers=ANY), 200)
    assert (owner_of(office, language="ne"), owner_of(office, language="ur")) == (None, "zoya")
    refused = office.delete(f"/segments/{group}", headers=ANY)
    assert (refused.status, refused.body["used_by"]) == (409, [{"kind": "routing", "id": "nepal", "name": "To zoya"}])


def test_members_of_a_team_take_turns_and_whoever_comes_back_is_not_flooded(office: Api) -> None:
    ruled(office, to_team("all", "north"))
    assert [owner_of(office) for _ in range(4)] == ["mira", "ravi", "tara", "mira"]
    changed(office, "ravi", away_from="2020-01-01")
    assert [owner_of(office) for _ in range(4)] == ["tara", "mira", "tara", "mira"]
    changed(office, "ravi", away_from=None)
    changed(office, "tara", inactive=True)
    assert [owner_of(office) for _ in range(4)] == ["ravi", "mira", "ravi", "mira"]


def test_a_substitute_takes_the_place_and_nobody_there_leaves_it_to_the_next_rule(office: Api) -> None:
    ruled(office, to_member("first", "zoya", NEPALI), to_team("second", "south"), to_member("last", "omar"))
    changed(office, "zoya", away_from="2020-01-01", substitute="tara")
    assert (owner_of(office, language="ne"), owner_of(office)) == ("tara", "omar")
    changed(office, "tara", inactive=True, substitute="zoya")
    assert owner_of(office, language="ne") == "omar"
    changed(office, "omar", inactive=True)
    assert owner_of(office) is None


def test_the_same_request_takes_one_turn(office: Api) -> None:
    ruled(office, to_team("all", "north"))
    first, again = (customer(office, key="one") for _ in range(2))
    assert (first["id"], first["owner"]) == (again["id"], again["owner"])
    assert Turn.read("north").taken == 1
    office.post("/customers", {"name": ""})
    assert Turn.read("north").taken == 1


def test_whatever_dies_a_customer_takes_one_turn(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    for crash in faults.crash_points(every=every):
        with chosen(monkeypatch):
            api = Api()
            staffed(api)
            ruled(api, to_team("all", "north"))
            with crash:
                customer(api, key="one")
            assert (customer(api, key="one")["owner"], Turn.read("north").taken) == ("mira", 1), crash


def test_a_turn_that_somebody_else_took_goes_to_the_next(office: Api) -> None:
    ruled(office, to_team("all", "north"))
    owners = set()
    with faults.recording() as calls:
        owners.add(owner_of(office))
    for at in range(1, len(calls) + 1):
        before = Turn.read("north").taken
        with faults.interrupted(at=at, by=lambda: owners.add(owner_of(office))):
            owners.add(owner_of(office))
        assert Turn.read("north").taken == before + 2
    assert owners == {"mira", "ravi", "tara"}


def test_a_rush_at_one_turn_is_decided_by_lot_and_nobody_is_refused(office: Api) -> None:
    ruled(office, to_team("all", "north"))
    real = Turn.read

    def overtaken(team: str) -> Turn:
        found = real(team)
        Turn("ROUTING", f"TURN#{team}", taken=found.taken + 1, last=found.last).save()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Turn, "read", overtaken)
        assert owner_of(office) in {"mira", "ravi", "tara"}


def test_rows_of_a_file_are_drawn_by_lot_and_wait_for_nobody(office: Api) -> None:
    ruled(office, to_team("all", "north"))
    given = Counter(
        customers.register(
            fields={"kind": "person", "name": "Row"},
            author=Author("manager", way="import", of="file"),
            idempotency_key=f"file:{number}",
            allow_duplicate=False,
        ).owner
        for number in range(300)
    )
    assert set(given) == {"mira", "ravi", "tara"}
    assert min(given.values()) > 70
    assert Turn.read("north").taken == 0


def test_who_enters_for_themselves_keeps_whom_they_enter(office: Api) -> None:
    ruled(office, to_member("all", "zoya"))
    made = office.post("/customers", {"name": "Mine"}, caller="mira", role=None)
    assert (made.status, made.body["owner"]) == (201, "mira")


def test_the_history_says_which_rule_it_was(office: Api) -> None:
    ruled(office, to_member("all", "zoya"))
    made = customer(office)
    (change,) = answered(office.get(f"/customers/{made['id']}/history"), 200)["items"]
    assert (change["changes"]["/owner"]["to"], change["by_rule"], change["who"]) == ("zoya", "all", "manager")


def test_without_rules_nobody_pays_for_them(office: Api) -> None:
    roster.current()
    with faults.recording() as calls:
        customer(office)
    ruled(office, to_member("all", "zoya"))
    with faults.recording() as with_rules:
        customer(office)
    assert Counter(with_rules) - Counter(calls) == {"GetItem": 1}


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        (to_member("one", "nobody"), "/rules/0/to/member"),
        (to_team("one", "nowhere"), "/rules/0/to/team"),
        ({**to_team("one", "north"), "to": {}}, "/rules/0/to"),
        ({**to_team("one", "north"), "to": {"team": "north", "member": "mira"}}, "/rules/0/to"),
        (to_team("one", "north", {"field": "shoe", "op": "eq", "value": 1}), "/rules/0/when/field"),
        (to_team("one", "north", {"field": "purchases", "op": "ge", "value": 1}), "/rules/0/when"),
        (to_team("one", "north", {"field": "segment", "op": "eq", "value": "none"}), "/rules/0/when"),
        (to_team("one", "north", "everybody"), "/rules/0/when"),
        (to_team("One!", "north"), "/rules/0/id"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(office: Api, rule: dict[str, Any], pointer: str) -> None:
    refused = office.patch("/routing", {"rules": [rule]}, headers=ANY)
    assert (refused.status, [one["pointer"] for one in refused.body["errors"]]) == (422, [pointer]), refused.body
    assert answered(office.get("/routing"), 200) == {"rules": [], "version": 0, "updated_at": None, "updated_by": None}


def test_rules_are_replaced_as_they_were_read(office: Api) -> None:
    assert ruled(office, to_member("all", "zoya"))["version"] == 1
    stale = office.patch("/routing", {"rules": []}, headers={"if-match": "0"})
    twice = office.patch("/routing", {"rules": [to_member("a", "zoya")] * 2}, headers=ANY)
    assert (stale.status, twice.status, twice.body["errors"][0]["pointer"]) == (412, 422, "/rules/1/id")
    assert office.patch("/routing", {"rules": []}, caller="mira", role=None, headers=ANY).status == 403
    ruled(office)
    assert owner_of(office) is None
