"""Whose customers somebody reaches: one by one, in lists, and where a request names them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from crm.access import rules
from crm.core.actor import Actor, Within
from tests.access.world_of_two import MEMBERS, ONLY_OWN, Two, employ, opened
from tests.support.world import Api
from tests.support.worlds import chosen

OF_A_CUSTOMER = sorted(
    route
    for route in rules.policy().routes
    # Pages have a door of their own (tests/console), which asks the same guard.
    if "{customer_id}" in route and not route.endswith(("/erasure", "{other}")) and "/console/" not in route
)
RIGHTS = {*ONLY_OWN["own"], *ONLY_OWN["all"]}
SEES = {
    "ravi": {"ravi", "mira", ""},
    "mira": {"ravi", "mira", ""},
    "zoya": {"zoya", ""},
    "omar": {"omar"},
}


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with pytest.MonkeyPatch.context() as patch, chosen(patch):
        yield opened(Api())


def names(two: Two, who: str, path: str, **query: str) -> list[str]:
    """The names on all pages of one entry each, none of which may be empty but the last."""
    found, cursor = list[str](), None
    while True:
        page = two.ask(who, "GET", path, query={"limit": "1", **query, **({"cursor": cursor} if cursor else {})})
        assert page.status == 200, page
        items, cursor = page.body["items"], page.body["next"]
        found += [one["name"].removeprefix("Customer ").replace("free", "") for one in items]
        assert items or not found, "an empty page tells of somebody"
        if cursor is None:
            return found


@pytest.mark.parametrize("who", SEES)
@pytest.mark.parametrize("sort", ["name", "newest", "last_contact", "owner"])
def test_lists_hold_who_is_within_reach_and_tell_of_nobody_else(two: Two, who: str, sort: str) -> None:
    found = names(two, who, "/customers", sort=sort)
    assert (set(found), len(found)) == (SEES[who], len(SEES[who]))


@pytest.mark.parametrize("who", SEES)
def test_a_search_finds_who_is_within_reach_however_it_is_asked(two: Two, who: str) -> None:
    assert set(names(two, who, "/customers", search="customer")) == SEES[who]
    for owner in ("ravi", "zoya", "omar"):
        mine = owner in SEES[who]
        assert (names(two, who, "/customers", search=f"{owner}@x.example") == [owner]) == mine
        assert (names(two, who, "/customers", search=f"custoner {owner}") == [owner]) == mine
        assert (names(two, who, "/customers", owner=owner) == [owner]) == mine


@pytest.mark.parametrize("route", OF_A_CUSTOMER)
def test_a_customer_out_of_reach_answers_like_one_who_is_not_there(two: Two, route: str) -> None:
    verb, _, path = route.partition(" ")
    for body in (None, {}, {"name": "Other"}):
        request: dict[str, Any] = {"headers": {"if-match": "*"}, "body": None if verb in {"GET", "DELETE"} else body}
        paths = [
            path.replace("{customer_id}", one).replace("{version}", "1").replace("{kind}", "household")
            for one in (two.ids["zoya"], "nobody-of-this-id")
        ]
        theirs, nobodys = (two.ask("omar", verb, one, **request) for one in paths)
        assert (theirs.status, theirs.body, theirs.headers) == (nobodys.status, nobodys.body, nobodys.headers)
        assert theirs.status == (404 if rules.policy().routes[route] in RIGHTS else 403)
    assert two.api.get(f"/customers/{two.ids['zoya']}").body["name"] == "Customer zoya"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/reminders", {"to": "staff", "customer_id": "?", "at": "2099-01-01T10:00", "subject": "Call"}),
        ("/merges/preview", {"into": "?", "from": "mine"}),
        ("/merges/preview", {"into": "mine", "from": "?"}),
        ("/merges", {"into": "mine", "from": "?", "into_version": 1, "from_version": 1}),
        ("/customers/mine/relations", {"kind": "household", "customer": "?"}),
    ],
)
def test_nobody_out_of_reach_can_be_named_in_a_body(two: Two, path: str, body: dict[str, Any]) -> None:
    mine = two.ids["omar"]
    given = [
        {name: {"?": named, "mine": mine}.get(str(value), value) for name, value in body.items()}
        for named in (two.ids["zoya"], "nobody")
    ]
    theirs, nobodys = (two.ask("omar", "POST", path.replace("mine", mine), body=one) for one in given)
    assert (theirs.status, theirs.body) == (nobodys.status, nobodys.body)
    assert theirs.status == 404


@pytest.mark.parametrize(("who", "reached", "beyond"), [("omar", "omar", "ravi"), ("ravi", "mira", "zoya")])
def test_reminders_are_given_to_members_within_reach_alone(two: Two, who: str, reached: str, beyond: str) -> None:
    for one in (reached, beyond):
        assert two.api.post("/staff", {"id": one, "name": one, "email": f"{one}@x.example"}, role="owner").status == 201
    wanted = {"to": "staff", "at": "2099-01-01T10:00", "subject": "Call"}
    made = two.ask(who, "POST", "/reminders", body={**wanted, "staff": reached})
    assert made.status == 201, made
    refused, unknown = (two.ask(who, "POST", "/reminders", body={**wanted, "staff": one}) for one in (beyond, "nobody"))
    assert (refused.status, refused.body) == (unknown.status, unknown.body)
    assert refused.status == 404
    path = f"{made.headers['location']}/reassign"
    assert two.ask(who, "POST", path, body={"staff": beyond}, headers={"if-match": "*"}).status == 404
    assert two.api.get(made.headers["location"]).body["staff"] == reached


def test_a_cursor_is_of_one_caller_with_one_reach_and_cannot_be_read(two: Two) -> None:
    cursor = two.ask("ravi", "GET", "/customers", query={"limit": "1"}).body["next"]
    for part in cursor.split("."):
        assert b"customer" not in base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).lower()
    assert two.ask("ravi", "GET", "/customers", query={"limit": "1", "cursor": cursor}).status == 200
    assert two.ask("mira", "GET", "/customers", query={"limit": "1", "cursor": cursor}).status == 422
    try:
        employ({**MEMBERS, "ravi": {"role": "sales", "teams": []}})
        assert two.ask("ravi", "GET", "/customers", query={"limit": "1", "cursor": cursor}).status == 422
    finally:
        employ()


def test_who_stands_in_reaches_what_the_absent_one_owns_and_only_while_they_are_away(two: Two) -> None:
    path = f"/customers/{two.ids['zoya']}"
    try:
        for away, status in (
            ({"away_from": "2000-01-01"}, 200),
            ({"away_from": "2000-01-01", "away_until": "2001-01-01"}, 404),
            ({"away_from": "2999-01-01"}, 404),
        ):
            employ({**MEMBERS, "zoya": {**MEMBERS["zoya"], "substitute": "omar", **away}})
            assert two.ask("omar", "GET", path).status == status
    finally:
        employ()


def test_a_key_of_a_limited_role_reaches_what_nobody_owns_at_most() -> None:
    within = Actor("key:k", "sales", "k", {"customers.read": "team"}, unowned=True).within("customers.read")
    assert within == Within(frozenset(), unowned=True)


def test_a_rule_counts_nobody_for_who_does_not_reach_everybody(two: Two) -> None:
    """Whoever writes rules may ask for an address, or for an organisation's people, and is told how many there are."""
    told = {"id": "groups", "own": ["customers.read"], "all": ["segments.read", "segments.write"]}
    assert two.api.post("/roles", told, role="owner", caller="owner").status == 201
    assert two.api.post("/staff", {"id": "kim", "name": "Kim", "role": "groups"}, role="owner").status == 201
    for field, value in (("email", "zoya@x.example"), ("relations.business", two.ids["zoya"])):
        op = "eq" if field == "email" else "contains"
        rule = {"field": field, "op": op, "value": value}
        assert two.ask("kim", "POST", "/segments/preview", body={"rule": rule}).status == 403
        assert two.ask("kim", "POST", "/segments", body={"name": "One", "rule": rule}).status == 403
