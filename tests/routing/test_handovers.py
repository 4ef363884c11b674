"""Customers of somebody who leaves, or of nobody, are given to others; first as a trial, and all can be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from crm.access import roster
from crm.access.models import Roster
from tests.routing.office import NEPALI, answered, changed, customer, owners, ruled, staffed, to_member, to_team
from tests.support import faults
from tests.support.cloud import Cloud

if TYPE_CHECKING:
    from tests.support.world import Api

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(NOW).running() as running:
        staffed(running.api)
        yield running


def filled(api: Api, *, owner: str | None, many: int = 12) -> list[str]:
    told = {"owner": owner} if owner else {}
    return [customer(api, language="ne" if number % 3 else "ur", **told)["id"] for number in range(many)]


def handed(cloud: Cloud, giver: str | None, *, key: str = "h", dry: bool = False, **to: Any) -> Any:
    body = {"from": giver, "to": to, "dry_run": dry}
    asked = answered(cloud.api.post("/handovers", body, headers={"idempotency-key": key}), 202)
    cloud.settle()
    return answered(cloud.api.get(f"/handovers/{asked['id']}"), 200)


def undone(cloud: Cloud, handover: Any) -> Any:
    answered(cloud.api.post(f"/handovers/{handover['id']}/undo"), 202)
    cloud.settle()
    return answered(cloud.api.get(f"/handovers/{handover['id']}"), 200)


def test_a_trial_says_who_would_go_to_whom_and_changes_nobody_and_the_deed_does_just_that(cloud: Cloud) -> None:
    mine, others = filled(cloud.api, owner="mira"), filled(cloud.api, owner="omar", many=2)
    trial = handed(cloud, "mira", team="north", dry=True)
    assert (trial["state"], trial["given"], set(trial["given_to"])) == ("done", 12, {"ravi", "tara"})
    assert set(owners(cloud.api, *mine)) == {"mira"}
    assert cloud.api.post(f"/handovers/{trial['id']}/undo").status == 409
    done = handed(cloud, "mira", team="north", key="for real")
    assert (done["given_to"], Counter(owners(cloud.api, *mine))) == (trial["given_to"], trial["given_to"])
    assert owners(cloud.api, *others) == ["omar", "omar"]
    page = answered(cloud.api.get(f"/customers/{mine[0]}/history", query={"field": "owner"}), 200)["items"]
    assert [(one["way"], one["who"], one["of"]) for one in page] == [
        ("routing", "manager", done["id"]),
        ("staff", "manager", None),
    ]
    assert [one["id"] for one in answered(cloud.api.get("/handovers"), 200)["items"]] in (
        [done["id"], trial["id"]],
        [trial["id"], done["id"]],
    )


def test_whom_nobody_owns_goes_where_the_rules_say_and_the_rest_stays(cloud: Cloud) -> None:
    free = filled(cloud.api, owner=None)
    ruled(cloud.api, to_member("nepal", "zoya", NEPALI))
    done = handed(cloud, None, rules=True)
    assert (done["given_to"], done["left"]) == ({"zoya": 8}, 4)
    assert Counter(owners(cloud.api, *free)) == {"zoya": 8, None: 4}


def test_a_worker_that_has_seen_older_teams_looks_again(cloud: Cloud) -> None:
    filled(cloud.api, owner="mira", many=2)
    answered(cloud.api.post("/teams", {"id": "west", "name": "West"}), 201)
    before = Roster.read()
    changed(cloud.api, "omar", teams=["west"])
    cloud.settle()
    body = {"from": "mira", "to": {"team": "west"}}
    asked = answered(cloud.api.post("/handovers", body), 202)
    roster.remember(before)
    cloud.settle()
    assert answered(cloud.api.get(f"/handovers/{asked['id']}"), 200)["given_to"] == {"omar": 2}


def test_rules_that_name_who_leaves_give_to_their_substitute(cloud: Cloud) -> None:
    filled(cloud.api, owner="zoya", many=3)
    ruled(cloud.api, to_member("all", "zoya"))
    assert handed(cloud, "zoya", rules=True, key="1")["left"] == 3
    changed(cloud.api, "zoya", substitute="tara", inactive=True)
    assert handed(cloud, "zoya", rules=True, key="2")["given_to"] == {"tara": 3}


def test_taken_back_is_who_was_not_given_to_others_since(cloud: Cloud) -> None:
    mine = filled(cloud.api, owner="mira", many=3)
    done = handed(cloud, "mira", member="zoya")
    answered(cloud.api.patch(f"/customers/{mine[0]}", {"owner": "omar"}, headers={"if-match": "*"}), 200)
    answered(cloud.api.patch(f"/customers/{mine[1]}", {"name": "Other"}, headers={"if-match": "*"}), 200)
    back = undone(cloud, done)
    assert (back["state"], back["returned"], back["kept"]) == ("undone", 2, 1)
    assert owners(cloud.api, *mine) == ["omar", "mira", "mira"]
    assert undone(cloud, done)["returned"] == 2


@pytest.mark.parametrize("giver", ["mira", None])
def test_whatever_dies_everybody_is_given_once_and_counted_once(every: int, giver: str | None) -> None:
    for crash in faults.crash_points(first=1 + every, every=every * 5):
        with Cloud(NOW).running() as cloud:
            staffed(cloud.api)
            ruled(cloud.api, to_team("all", "south"))
            mine = filled(cloud.api, owner=giver or None, many=2) if giver else unowned(cloud)
            with crash:
                handed(cloud, giver, team="south")
            cloud.wait(hours=1).settle()
            done = handed(cloud, giver, team="south")
            assert (done["state"], done["given_to"]) == ("done", {"zoya": 2}), crash
            histories = [cloud.api.get(f"/customers/{one}/history").body["items"] for one in mine]
            assert [len(one) for one in histories] == [2, 2], crash
            with crash:
                undone(cloud, done)
            cloud.wait(hours=1).settle()
            assert owners(cloud.api, *mine) == [giver, giver], crash


def unowned(cloud: Cloud) -> list[str]:
    """Customers who were entered while there were no rules."""
    ruled(cloud.api)
    return filled(cloud.api, owner=None, many=2)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"to": {}}, "/to"),
        ({"to": {"member": "mira", "team": "north"}}, "/to"),
        ({"to": {"rules": True}}, "/to/rules"),
        ({"to": {"member": "nobody"}}, "/to/member"),
        ({"from": "nobody", "to": {"member": "mira"}}, "/from"),
        ({"from": "mira", "to": {"member": "mira"}}, "/to/member"),
        ({"from": "zoya", "to": {"team": "south"}}, "/to"),
        ({"from": "zoya", "to": {"team": "nowhere"}}, "/to/team"),
        ({"from": "مرحبا", "to": {"member": "mira"}}, "/from"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_place(cloud: Cloud, body: Any, pointer: str) -> None:
    refused = cloud.api.post("/handovers", body)
    assert (refused.status, [one["pointer"] for one in refused.body["errors"]]) == (422, [pointer]), refused.body


def test_a_key_that_stood_for_another_handover_and_who_may_not_are_refused(cloud: Cloud) -> None:
    handed(cloud, "mira", member="zoya")
    again = cloud.api.post("/handovers", {"to": {"member": "zoya"}}, headers={"idempotency-key": "h"})
    mine = cloud.api.post("/handovers", {"to": {"member": "mira"}}, caller="mira", role=None)
    assert (again.status, mine.status, cloud.api.get("/handovers/none").status) == (409, 403, 404)


def test_the_preview_says_whom_and_why_and_takes_no_turn(cloud: Cloud) -> None:
    ruled(cloud.api, to_member("nepal", "zoya", NEPALI), to_member("urdu", "omar"), to_team("rest", "north"))
    changed(cloud.api, "omar", away_from="2020-01-01")
    asked = {"fields": {"language": "ur", "address": "कीर्तिपुर"}}
    for _ in range(2):
        told = answered(cloud.api.post("/routing/preview", asked), 200)
        assert (told["owner"], told["rule"], told["in_turn"]) == ("mira", "rest", True)
        assert [one["outcome"] for one in told["weighed"]] == ["does_not_fit", "nobody_there", "fits"]
    stored = customer(cloud.api, language="ne")["id"]
    assert answered(cloud.api.post("/routing/preview", {"customer": stored}), 200)["owner"] == "zoya"
    both = cloud.api.post("/routing/preview", {**asked, "customer": stored})
    assert (both.status, cloud.api.post("/routing/preview", {"customer": "none"}).status) == (422, 404)
