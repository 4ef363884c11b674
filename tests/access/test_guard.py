"""The guard before every route: who is let through, and that nothing is read or said for whom it refuses."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from crm.access import roster, rules
from crm.access.models import PARTITION, ROSTER, Roster
from crm.core import clock
from crm.keys import authorizing
from handlers import api as handler
from handlers import console
from tests.access.matrix_shop import MATRIX_ROLES, roles
from tests.console.browser import Browser
from tests.support.world import Answer, Api, Context, http_event

ROUTES = {route: needed for route, needed in rules.policy().routes.items() if route not in console.PAGES}
OF_PAGES = {route: needed for route, needed in rules.policy().routes.items() if route in console.PAGES}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which operations of AWS were called."""
    made: list[str] = []
    make = BaseClient._make_api_call  # type: ignore[attr-defined]

    def noted(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        made.append(operation)
        return make(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return made


def asked(api: Api, route: str, **request: Any) -> Answer:
    verb, _, path = route.partition(" ")
    return api.call(verb, path.replace("{", "").replace("}", ""), **request)


def with_authorizer(authorizer: Any, route: str = "GET /customers") -> dict[str, Any]:
    verb, _, path = route.partition(" ")
    event = http_event(verb, path, caller=None)
    event["requestContext"]["authorizer"] = authorizer
    return handler.handler(event, Context())


def keep(members: dict[str, Any], roles: dict[str, Any] | None = None) -> None:
    Roster(PARTITION, ROSTER, version=1, members=members, roles=roles or {}, teams={}).save()
    roster.forget()


def test_each_role_is_let_through_where_the_policy_says_and_nowhere_else(api: Api, calls: list[str]) -> None:
    refusals: dict[str, set[str]] = {}
    own = {name: {**told, "version": 1} for name, told in MATRIX_ROLES.items()}
    members = {f"m_{name}": {"role": name} for name in own}
    roster.remember(Roster(PARTITION, ROSTER, version=1, members=members, roles=own, teams={}), at=(math.inf, math.inf))
    for name, role in roles().items():
        for route, needed in ROUTES.items():
            calls.clear()
            answer = (
                asked(api, route, raw="{", role=name, caller=f"m_{name}")
                if not route.startswith("GET")
                else asked(api, route, role=name, caller=f"m_{name}")
            )
            assert (answer.status == 403) == (needed not in role.rights), (name, route, answer)
            if answer.status == 403:
                # Read was nothing, and written that they were refused.
                assert calls == ["PutItem"], (name, route)
                refusals.setdefault(needed, set()).add(str(answer.body))
    assert {permission for permission, told in refusals.items() if len(told) != 1} == set()
    for permission, sentence in rules.policy().permissions.items():
        for said in refusals.get(permission, ()):
            # Which it is and what it lets people do stands in the policy, for everybody.
            assert f"'permission': '{permission}'" in said
            assert f"it needs {permission} ({sentence.rstrip('.')})" in said


def test_each_role_sees_the_pages_that_the_policy_says_and_no_others(api: Api, calls: list[str]) -> None:
    refusals = set()
    for name, role in rules.policy().roles.items():
        browser = Browser().signed_in(name)
        for route, needed in OF_PAGES.items():
            calls.clear()
            verb, _, path = route.partition(" ")
            path = path.replace("{", "").replace("}", "")
            answer = browser.get(path) if verb == "GET" else browser.forged(path, {"csrf": browser.csrf})
            assert (answer.status == 403) == (needed not in role.rights), (name, route, answer)
            if answer.status == 403:
                assert calls == ["PutItem"], (name, route)
                # Around it stands the menu of who asks.
                refusals.add(answer.body.partition("<main")[2])
    assert len(refusals) == 1


@pytest.mark.parametrize("route", ["GET /customers", "POST /customers", "GET /segments/rule-schema", "POST /imports"])
def test_without_an_authorizer_nobody_is_let_through_and_nothing_is_read(
    api: Api, calls: list[str], route: str
) -> None:
    answer = asked(api, route, caller=None)
    assert (answer.status, answer.body["type"]) == (401, "urn:crm:problem:not-signed-in")
    assert calls == []


@pytest.mark.parametrize(
    "authorizer",
    [
        None,
        {},
        {"jwt": None},
        {"jwt": {"claims": {}}},
        {"jwt": {"claims": {"cognito:groups": "[owner]"}}},
        {"jwt": {"claims": {"username": "", "sub": ""}}},
        {"jwt": {"claims": {"username": "x" * 3_000}}},
        {"lambda": {"role": "till"}},
        {"lambda": {"key": "k" * 3_000, "role": "till"}},
    ],
)
def test_who_has_no_name_is_nobody(world: None, authorizer: Any) -> None:
    assert with_authorizer(authorizer)["statusCode"] == 401


@pytest.mark.parametrize("role", [None, "", "Owner", "everyone", "admin", "own er", "owner2"])
def test_a_group_that_is_no_role_of_the_product_lets_nobody_through(api: Api, role: str | None) -> None:
    assert api.get("/customers", role=role).status == 403


def test_of_several_groups_the_one_with_most_rights_counts(api: Api) -> None:
    assert api.get("/views", role="till").status == 403
    assert api.get("/views", role="till manager").status == 200


def test_a_role_written_into_the_body_or_the_address_gives_nothing(api: Api) -> None:
    forged = {"name": "Asha", "role": "owner", "cognito:groups": ["owner"]}
    assert api.post("/segments", forged, role="till", headers={"cognito:groups": "[owner]"}).status == 403
    assert api.get("/views", role="till", query={"role": "owner"}).status == 403


def test_a_key_comes_with_its_role_and_signs_with_its_id(api: Api) -> None:
    made = api.post("/keys", {"name": "Till 2", "role": "till"}, caller="owner", role="owner").body
    machine = authorizing.holder(made["key"])
    assert machine is not None
    assert with_authorizer({"lambda": machine})["statusCode"] == 200
    assert with_authorizer({"lambda": machine}, "GET /views")["statusCode"] == 403
    assert with_authorizer({"lambda": {**machine, "role": ""}})["statusCode"] == 403
    assert with_authorizer({"lambda": {**machine, "role": "nothing"}})["statusCode"] == 403


def test_what_the_store_says_of_a_member_counts_and_not_the_token(api: Api) -> None:
    keep({"ravi": {"role": "till"}, "mira": {"role": None}, "sita": {"role": "manager", "inactive": True}})
    assert api.get("/views", caller="ravi", role="manager").status == 403
    assert api.get("/customers", caller="ravi", role="manager").status == 200
    assert api.get("/customers", caller="mira", role="manager").status == 403
    assert api.get("/customers", caller="sita", role="manager").status == 403
    assert api.get("/views", caller="hari", role="manager").status == 200


def test_somebody_whose_role_was_taken_away_is_refused_within_ten_seconds(
    api: Api, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep({"ravi": {"role": "manager"}})
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun)
    assert api.get("/fields", caller="ravi").status == 200
    Roster(PARTITION, ROSTER, version=2, members={"ravi": {"role": None}}, roles={}, teams={}).save()
    monkeypatch.setattr(clock, "now", lambda: begun.replace(microsecond=0) + timedelta(seconds=11))
    assert api.get("/fields", caller="ravi").status == 403


def test_a_role_of_the_business_holds_what_it_was_given_and_is_nothing_without_it(api: Api) -> None:
    keep(
        {"ravi": {"role": "packer"}, "mira": {"role": "gone"}},
        {"packer": {"says": "Packs.", "all": ["business.read", "was.once.one"]}},
    )
    assert api.get("/business", caller="ravi").status == 200
    assert api.get("/customers", caller="ravi").status == 403
    assert api.get("/business", caller="mira").status == 403


def test_an_unknown_route_is_not_there_for_anybody(api: Api) -> None:
    assert api.get("/nothing").status == api.get("/nothing", role="till").status == 404
