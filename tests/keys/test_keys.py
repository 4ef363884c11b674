"""Keys of machines: made, shown once, counted, rotated and revoked; each check is switched off once."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.access import rules as access
from crm.core import clock
from crm.keys import metering, rules, service
from crm.keys.models import KEYS, MachineKey
from handlers import api as api_handler
from handlers import key_authorizer
from tests.support.rows import all_items, told_items
from tests.support.world import Answer, Api, Context, http_event

NEW = {"name": "Till 2", "role": "till", "rate": 5, "valid_days": 30}
NOW = datetime(2026, 11, 22, 9, 0, 40, tzinfo=UTC)
OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}


@dataclass
class Shop:
    """The API as people and as machines call it, at a time that stands still."""

    api: Api
    now: datetime = NOW

    def make(self, key: str = "k", **changes: Any) -> Answer:
        return self.api.post("/keys", NEW | changes, headers={"idempotency-key": key}, **OWNER)

    def made(self, **changes: Any) -> tuple[str, str]:
        """The id of a new key and what the machine sends."""
        answer = self.make(**changes)
        assert answer.status == 201, answer.body
        return answer.body["id"], answer.body["key"]

    def rotate(self, key_id: str, key: str = "r", **rotation: Any) -> Answer:
        return self.api.post(f"/keys/{key_id}/rotate", rotation, headers={"idempotency-key": key}, **OWNER)

    def let_in(self, sent: str) -> dict[str, Any] | None:
        """What the authorizer says of a machine; None: nothing good."""
        event = {"version": "2.0", "type": "REQUEST", "identitySource": [sent], "headers": {"authorization": sent}}
        answer = key_authorizer.handler(event, Context())
        assert set(answer) == ({"isAuthorized", "context"} if answer["isAuthorized"] else {"isAuthorized"})
        found: dict[str, Any] | None = answer.get("context")
        return found

    def machine(self, context: Any, method: str = "GET", path: str = "/business", **request: Any) -> Answer:
        """A request that the gateway has let in with what the authorizer has said, some time ago or now."""
        event = http_event(method, f"/machine{path}", caller=None, **request)
        event["requestContext"]["authorizer"] = {"lambda": context}
        answer = api_handler.handler(event, Context())
        headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        return Answer(answer["statusCode"], headers, json.loads(answer["body"] or "null"))

    def ask(self, sent: str, **request: Any) -> Answer:
        context = self.let_in(sent)
        assert context is not None
        return self.machine(context, **request)


@pytest.fixture
def shop(api: Api, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop(api)
    monkeypatch.setattr(clock, "now", lambda: shop.now)
    return shop


def stored(key_id: str) -> MachineKey:
    found = MachineKey.read(key_id)
    assert found is not None
    return found


def test_a_key_opens_what_its_role_may_and_nothing_else(shop: Shop) -> None:
    key_id, sent = shop.made()
    assert shop.let_in(sent) == {"key": key_id, "role": "till", "rate": "5", "generation": "1"}
    made = shop.ask(sent, method="POST", path="/customers", body={"name": "Anna"})
    assert (made.status, made.headers["location"]) == (201, f"/machine/customers/{made.body['id']}")
    refused = shop.ask(sent, path="/keys")
    assert (refused.status, refused.body["type"]) == (403, "urn:crm:problem:forbidden")
    assert stored(key_id).used == 2


def test_a_machine_stands_in_the_history_as_its_key(shop: Shop) -> None:
    key_id, sent = shop.made()
    made = shop.ask(sent, method="POST", path="/customers", body={"name": "Anna"})
    told = shop.api.get(f"/customers/{made.body['id']}/sources").body
    assert f"key:{key_id}" in json.dumps(told)


def test_the_secret_is_shown_once_and_kept_nowhere(
    shop: Shop, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [logging.getLogger(), logging.getLogger("crm"), logging.getLogger("botocore")]
    for one in said:
        caplog.set_level(logging.DEBUG, one.name)
    key_id, sent = shop.made()
    answers = [
        shop.make(),
        shop.api.get("/keys", **OWNER),
        shop.api.get(f"/keys/{key_id}", **OWNER),
        shop.ask(sent),
        shop.ask(sent, method="POST", path="/customers", body={"name": 1}),
        shop.machine({"key": key_id, "role": "till", "rate": "x", "generation": "1"}),
        shop.rotate(key_id),
    ]
    assert shop.let_in(sent + "x") is None
    logged = caplog.text + "".join(capsys.readouterr())
    secret = sent.rpartition(f"{key_id}_")[2]
    assert len(secret) >= 43
    everywhere = json.dumps([answer.body for answer in answers], default=str) + logged + repr(all_items())
    assert secret not in everywhere
    assert (answers[0].status, answers[0].body["key"]) == (201, None)


def test_the_same_request_makes_one_key_and_another_is_refused(shop: Shop) -> None:
    first, again = shop.make(), shop.make()
    assert first.body["id"] == again.body["id"]
    other = shop.make(name="Till 3")
    assert (other.status, other.body["type"]) == (409, "urn:crm:problem:idempotency-key-reused")
    assert len(shop.api.get("/keys", **OWNER).body["items"]) == 1


def test_keys_are_listed_in_pages_with_how_they_stand(shop: Shop) -> None:
    ids = sorted(shop.made(key=f"k{number}")[0] for number in range(3))
    assert shop.api.delete(f"/keys/{ids[0]}", **OWNER).status == 204
    first = shop.api.get("/keys", query={"limit": "2"}, **OWNER).body
    second = shop.api.get("/keys", query={"limit": "2", "cursor": first["next"]}, **OWNER).body
    listed = first["items"] + second["items"]
    assert [(one["id"], one["state"]) for one in listed] == list(zip(ids, ["revoked", "active", "active"], strict=True))
    shop.now += timedelta(days=31)
    assert shop.api.get(f"/keys/{ids[1]}", **OWNER).body["state"] == "ended"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"role": "nobody"}, "/role"),
        ({"role": "owner"}, "/role"),
        ({"role": "manager"}, "/role"),
        ({"rate": 0}, "/rate"),
        ({"valid_days": 731}, "/valid_days"),
        ({"secret": "of my own"}, "/secret"),
    ],
)
def test_a_key_is_for_what_a_machine_may_have(shop: Shop, fields: dict[str, Any], pointer: str) -> None:
    refused = shop.make(**fields)
    assert refused.status == 422
    assert [one["pointer"] for one in refused.body["errors"]] == [pointer]
    assert all_items() == []


def test_only_an_owner_makes_keys(shop: Shop) -> None:
    for role in ("manager", "sales", "till", "readonly"):
        assert shop.api.post("/keys", NEW, caller=role, role=role).status == 403
    assert told_items() == []


def test_who_may_less_than_a_key_neither_rotates_nor_revokes_it(shop: Shop) -> None:
    till = access.policy().roles["till"]
    keeper: dict[str, Any] = {"id": "keeper", "says": "Keeps the keys of tills.", "hidden": sorted(till.hidden)}
    for reach in ("own", "team", "all"):
        keeper[reach] = [name for name, at in till.rights.items() if at == reach]
    keeper["all"].append("keys.manage")
    assert shop.api.post("/roles", {**keeper, "unowned": till.unowned}, **OWNER).status == 201
    assert shop.api.post("/staff", {"id": "kim", "name": "Kim", "role": "keeper"}, **OWNER).status == 201
    weaker, stronger = shop.made()[0], shop.made(key="b", role="service")[0]
    kim: dict[str, Any] = {"caller": "kim", "role": None}
    for verb, path in (("POST", "/keys/{}/rotate"), ("DELETE", "/keys/{}")):
        body: Any = {} if verb == "POST" else None
        found = [shop.api.call(verb, path.format(one), body=body, **kim).status for one in (stronger, weaker)]
        assert (found[0], found[1] < 300) == (403, True), (verb, found)
    assert stored(stronger).revoked_at is None
    assert shop.api.delete(f"/keys/{stronger}", **OWNER).status == 204


WRONG: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "a token": lambda _: "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x",
    "another secret": lambda sent: sent[:-1] + ("A" if sent[-1] != "A" else "B"),
    "half a secret": lambda sent: sent[:-5],
    "no secret": lambda sent: sent.rpartition("_")[0] + "_",
    "another key": lambda sent: f"crm_{'a' * 26}_{sent[31:]}",
    "another item of the table": lambda sent: f"crm_../{'a' * 23}_{sent[31:]}",
    "a hash": lambda sent: sent[:31] + rules.hashed(sent[31:]),
    "not ASCII": lambda sent: sent + "é",
    "very long": lambda sent: sent + "x" * 10_000,
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_key_is_not_let_in(shop: Shop, name: str) -> None:
    _, sent = shop.made()
    assert shop.let_in(WRONG[name](sent)) is None


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer  {} "])
def test_a_key_is_taken_with_and_without_bearer(shop: Shop, form: str) -> None:
    _, sent = shop.made()
    assert shop.let_in(form.format(sent)) is not None


def test_a_revoked_key_opens_nothing_though_the_gateway_remembers_it(shop: Shop) -> None:
    key_id, sent = shop.made()
    remembered = shop.let_in(sent)
    for _ in range(2):
        assert shop.api.delete(f"/keys/{key_id}", **OWNER).status == 204
    assert shop.let_in(sent) is None
    assert shop.machine(remembered).status == 401
    assert shop.rotate(key_id).status == 409


def test_a_key_ends_with_its_time_and_goes_from_the_list_a_month_later(shop: Shop) -> None:
    key_id, sent = shop.made()
    remembered = shop.let_in(sent)
    shop.now += timedelta(days=30)
    assert (shop.let_in(sent), shop.machine(remembered).status) == (None, 401)
    assert stored(key_id).expires_at == int((shop.now + timedelta(days=30)).timestamp())


def test_after_a_rotation_the_earlier_secret_holds_for_its_grace_alone(shop: Shop) -> None:
    key_id, earlier = shop.made()
    remembered = shop.let_in(earlier)
    rotated = shop.rotate(key_id, grace_hours=2)
    assert (rotated.status, shop.rotate(key_id, grace_hours=2).body["key"]) == (200, None)
    later = rotated.body["key"]
    assert [(shop.let_in(sent) or {}).get("generation") for sent in (earlier, later)] == ["1", "2"]
    assert shop.machine(remembered).status == 200
    shop.now += timedelta(hours=2)
    assert shop.let_in(earlier) is None
    assert shop.machine(remembered).status == 401
    assert shop.ask(later).status == 200
    # Of two rotations the grace is for the last secret alone.
    last = shop.rotate(key_id, key="r2", grace_hours=2).body["key"]
    assert [shop.let_in(sent) is not None for sent in (earlier, later, last)] == [False, True, True]


def test_a_rotation_without_grace_ends_the_earlier_secret_at_once(shop: Shop) -> None:
    key_id, earlier = shop.made()
    remembered = shop.let_in(earlier)
    shop.rotate(key_id, grace_hours=0)
    assert (shop.let_in(earlier), shop.machine(remembered).status) == (None, 401)


def test_a_rotation_of_an_older_version_is_refused(shop: Shop) -> None:
    key_id, _ = shop.made()
    shop.rotate(key_id)
    stale = shop.api.post(f"/keys/{key_id}/rotate", {}, headers={"if-match": "1"}, **OWNER)
    assert stale.status == 412


def test_requests_are_counted_by_the_minute_and_too_many_are_told_when_to_come_again(shop: Shop) -> None:
    key_id, sent = shop.made()
    remembered = shop.let_in(sent)
    statuses = [shop.machine(remembered).status for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    refused = shop.machine(remembered)
    assert (refused.headers["retry-after"], refused.body["type"]) == ("20", "urn:crm:problem:too-many-requests")
    _, other = shop.made(key="k2")
    assert shop.ask(other).status == 200
    shop.now += timedelta(seconds=20)
    assert shop.machine(remembered).status == 200
    assert (stored(key_id).minute, stored(key_id).used) == ("2026-11-22T09:01", 1)
    # An environment whose clock is behind counts in the minute of the others.
    shop.now -= timedelta(seconds=5)
    assert [shop.machine(remembered).status for _ in range(5)] == [200] * 4 + [429]


def test_what_the_guard_refuses_counts_and_what_is_too_often_is_not_looked_at(shop: Shop) -> None:
    _, sent = shop.made()
    remembered = shop.let_in(sent)
    assert [shop.machine(remembered, path="/keys").status for _ in range(6)] == [403] * 5 + [429]


def test_a_change_of_the_key_does_not_lose_the_count(shop: Shop) -> None:
    key_id, sent = shop.made()
    shop.ask(sent)
    shop.rotate(key_id)
    assert (stored(key_id).used, stored(key_id).version) == (1, 2)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"key": "a" * 26, "role": "till", "rate": "5", "generation": "1"},
        {"role": "till", "rate": "5", "generation": "1"},
        {"key": "k1", "role": "till"},
    ],
    ids=str,
)
def test_without_a_key_that_there_is_the_api_refuses_by_itself(shop: Shop, context: dict[str, str]) -> None:
    shop.made()
    assert shop.machine(context).status == 401


def test_a_machine_makes_no_keys_whatever_its_role(shop: Shop) -> None:
    key_id, sent = shop.made()
    context = {**(shop.let_in(sent) or {}), "role": "owner"}
    before = told_items()
    answers = [
        shop.machine(context, "POST", "/keys", body=NEW),
        shop.machine(context, "POST", f"/keys/{key_id}/rotate", body={}),
        shop.machine(context, "DELETE", f"/keys/{key_id}"),
    ]
    assert [answer.status for answer in answers] == [403, 403, 403]
    counted = {"minute", "used"}
    assert [{k: v for k, v in one.items() if k not in counted} for one in told_items()] == [
        {k: v for k, v in one.items() if k not in counted} for one in before
    ]


def test_each_check_is_the_one_that_refuses(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key_id, sent = shop.made()
    remembered = shop.let_in(sent)
    another = WRONG["another secret"](sent)
    with monkeypatch.context() as hole:
        hole.setattr(hmac, "compare_digest", lambda *_: True)
        assert shop.let_in(another) is not None
    with monkeypatch.context() as hole:
        hole.setattr(metering, "_counted", lambda *_: stored(key_id))
        assert {shop.machine(remembered).status for _ in range(7)} == {200}
    shop.api.delete(f"/keys/{key_id}", **OWNER)
    with monkeypatch.context() as hole:
        hole.setattr(rules, "holds", lambda *_, **__: True)
        assert shop.let_in(sent) is not None
        assert shop.machine(remembered).status == 200
    assert shop.machine(remembered).status == 401
    with monkeypatch.context() as hole:
        hole.setattr(service, "_NOT_FOR_MACHINES", frozenset())
        assert shop.make(key="o", role="owner").status == 201


def test_keys_stand_in_one_partition_that_the_authorizer_may_read(shop: Shop) -> None:
    key_id, _ = shop.made()
    assert [(one["pk"]["S"], one["sk"]["S"]) for one in told_items()] == [(KEYS, key_id)]
