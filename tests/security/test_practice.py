"""What else goes wrong in practice, tried on every route that there is."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm.core import body, signing
from infra.local import authorizer
from infra.local.http_message import Request
from tests.security import fields, furnished
from tests.security.furnished import OWNER, World
from tests.security.gateway import Gateway
from tests.support.world import Answer

MINE = {"caller": "mina", "role": "manager"}


@pytest.fixture(scope="module")
def furnished_shop() -> Iterator[World]:
    with furnished.world(seed=5) as made:
        yield made


@pytest.fixture
def world(furnished_shop: World) -> World:
    furnished_shop.restored()
    return furnished_shop


def with_bodies(world: World) -> list[fields.Sample]:
    """A request for each route that reads a body."""
    return [fields.sample(route, world) for route in world.operations() if "requestBody" in told(world, route)]


def told(world: World, route: str) -> dict[str, Any]:
    """What the document says of a route."""
    verb, _, path = route.partition(" ")
    found: dict[str, Any] = world.document["paths"][path][verb.lower()]
    return found


def sent(world: World, sample: fields.Sample, **request: Any) -> Answer:
    return world.api.call(sample.method, sample.path, query=sample.query, headers=sample.headers, **OWNER, **request)


# -- the gateway's authorizer takes ID tokens where a route asks for no scope


def id_token(gateway: Gateway) -> str:
    claims: dict[str, Any] = {"iss": gateway.tokens.issuer, "aud": "StaffClient", "sub": "m", "token_use": "id"}
    now = int(time.time())
    return gateway.tokens._signed(claims | {"cognito:groups": ["owner"], "iat": now, "exp": now + 600})


def opened_by(gateway: Gateway, world: World, credential: str) -> list[str]:
    """The routes that this opens."""
    opened = []
    for route in world.operations():
        sample = fields.sample(route, world)
        headers = (("authorization", credential),)
        answer = gateway.handle(Request(sample.method, sample.path.replace("{", "").replace("}", ""), "", headers))
        opened += [route] if answer.status not in {401, 403} else []
    return opened


def test_an_id_token_opens_no_route(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway(tmp_path)
    token = id_token(gateway)
    assert opened_by(gateway, world, f"Bearer {token}") == []
    assert gateway.answered == 0, "no function was called"
    monkeypatch.setattr(authorizer, "_scopes", lambda _: ["crm/staff"])
    assert opened_by(gateway, world, f"Bearer {token}") != []


# -- cursors


def cursors(world: World, **who: Any) -> dict[str, str]:
    """By list the cursor of its second page."""
    found = {}
    for route in world.operations():
        takes = {one["name"] for one in told(world, route).get("parameters", ())}
        if route.startswith("GET") and "cursor" in takes:
            path = fields.sample(route, world).path
            answer = world.api.get(path, query={"limit": "1"}, **who)
            if answer.status == 200 and answer.body.get("next"):
                found[path] = answer.body["next"]
    return found


def is_refused(answer: Answer) -> bool:
    return answer.status == 422 and [error["pointer"] for error in answer.body["errors"]] == ["cursor"]


def test_a_cursor_is_good_for_its_list_its_caller_and_their_rights_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cursors(world, **MINE)
    assert len(found) >= 8, found
    require_bound(world, found)
    monkeypatch.setattr(signing, "_made_sure", lambda key, purpose, payload, mac: payload)
    with pytest.raises(AssertionError):
        require_bound(world, found)


def require_bound(world: World, found: dict[str, str]) -> None:
    """No cursor is taken that was edited, or is for another list, somebody else, or rights that were lost."""
    mine = MINE
    for path, cursor in found.items():
        assert world.api.get(path, query={"limit": "1", "cursor": cursor}, **mine).status == 200
        for place in (3, len(cursor) // 2, len(cursor) - 1):
            edited = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
            assert is_refused(world.api.get(path, query={"cursor": edited}, **mine)), (path, place)
        others = [other for other in found if other != path]
        assert all(is_refused(world.api.get(other, query={"cursor": cursor}, **mine)) for other in others), path
        assert is_refused(world.api.get(path, query={"cursor": cursor}, caller="nina", role="manager")), path
        # The same person with a lesser role: refused for the list, or for what is left of it.
        lesser = world.api.get(path, query={"cursor": cursor}, caller="mina", role="readonly")
        assert lesser.status == 403 or is_refused(lesser), path


# -- what no body may say


FORBIDDEN = ("tenant", "pk", "sk", "entity", "id", "version", "owner", "role", "consent", "created_by", "facts")


def test_no_body_says_who_owns_what_or_which_version_it_is_unless_its_schema_does(world: World) -> None:
    schemas, tried = world.document["components"]["schemas"], 0
    for route in world.operations():
        content = told(world, route).get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if not schema:
            continue
        known = set()
        for name in [part for part in str(schema).split("'") if part.startswith("#/components")]:
            known |= set(schemas[name.rpartition("/")[2]].get("properties", {}))
        sample = fields.sample(route, world)
        for name in set(FORBIDDEN) - known:
            answer = sent(world, sample, body={**(sample.body or {}), name: "x"})
            assert answer.status == 422, (route, name, answer)
            assert f"/{name}" in [error["pointer"] for error in answer.body["errors"]], (route, answer.body)
            tried += 1
    assert tried > 500


# -- what is no JSON


def no_json(sample: fields.Sample) -> Iterator[str]:
    inner = json.dumps(sample.body or {})[1:-1]
    more = f", {inner}" if inner else ""
    deep = "[" * 10_000 + "]" * 10_000
    for value in ("NaN", "-Infinity", "1e400", "9" * 5_000, '"\\ud800"', '{"a": 1, "a": 2}', deep):
        yield f'{{"named": {value}{more}}}'
    yield f'{{"named": 1, "named": 2{more}}}'
    yield f'{{"named": 1{more}'
    yield '{"a":' * 10_000 + "1" + "}" * 10_000


def test_no_route_takes_what_is_no_json(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusals() -> set[int]:
        return {sent(world, sample, raw=raw).status for sample in with_bodies(world) for raw in no_json(sample)}

    assert refusals() == {400}
    monkeypatch.setattr(body, "_unique", dict)
    assert refusals() != {400}


def test_no_route_takes_bytes_that_are_no_text(world: World) -> None:
    raw = base64.b64encode(b'{"name": "\xff\xfe"}').decode()
    assert {sent(world, sample, raw=raw, is_base64=True).status for sample in with_bodies(world)} == {400}


# -- letters


LOOK_ALIKES = ("anna@ex\u0430mple.com", "anna@\u0435xample.org", "anna@g\u043e\u043egle.com")
PILES = ("\ufdfa" * 300, "a" + "\u0300" * 100_000, "Z" + "\u0300" * 60)


def test_no_address_mixes_scripts_that_look_alike(world: World) -> None:
    places = [one for one in fields.fields(world.document) if one.place == "body" and one.name.endswith("email")]
    assert len(places) >= 4, places
    for place in places:
        for address in LOOK_ALIKES:
            answer = _put(world, place, address)
            assert answer.status == 422, (place, answer)
            assert place.name in [error["pointer"] for error in answer.body["errors"]], answer.body


def _put(world: World, place: fields.Field, text: str) -> Answer:
    sample = fields.sample(place.route, world).holding(place, text)
    # As it is, in UTF-8: escaped it would be thrice as long.
    return sent(world, sample, raw=json.dumps(sample.body, ensure_ascii=False))


def test_no_name_is_a_pile_of_marks_or_swells(world: World) -> None:
    for name in ("POST /customers", "POST /staff", "POST /segments", "POST /greetings"):
        place = fields.Field(name, "body", "/name")
        for pile in PILES:
            answer = _put(world, place, pile)
            assert answer.status == 422, (name, len(pile), answer.status)
            assert "/name" in [error["pointer"] for error in answer.body["errors"]]


# -- ids


def test_who_was_erased_does_not_come_back_under_the_key_of_the_request_that_made_them(world: World) -> None:
    told, key = {"name": "Asha Two", "email": "asha.two@example.org"}, {"idempotency-key": "first"}
    first = world.api.post("/customers", told, headers=key, **OWNER).body["id"]
    assert world.api.post(f"/customers/{first}/erasure", **OWNER).status == 202
    world.cloud.settle()
    again = world.api.post("/customers", told, headers=key, query={"allow_forgotten": "true"}, **OWNER)
    assert again.status == 409 or again.body["id"] != first, again
