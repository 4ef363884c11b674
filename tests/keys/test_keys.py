"""Keys of machines are made by owners alone, shown once, listed, rotated and revoked."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from crm.access import rules as access
from crm.keys.models import KEYS
from tests.keys.desk import NEW, OWNER, Shop, stored
from tests.support.rows import all_items, told_items


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


def test_a_rotation_of_an_older_version_is_refused(shop: Shop) -> None:
    key_id, _ = shop.made()
    shop.rotate(key_id)
    stale = shop.api.post(f"/keys/{key_id}/rotate", {}, headers={"if-match": "1"}, **OWNER)
    assert stale.status == 412


def test_keys_stand_in_one_partition_that_the_authorizer_may_read(shop: Shop) -> None:
    key_id, _ = shop.made()
    assert [(one["pk"]["S"], one["sk"]["S"]) for one in told_items()] == [(KEYS, key_id)]
