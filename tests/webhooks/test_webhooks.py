"""Whoever listens is told what happened, signed, and of nothing else; who may not, makes nobody listen."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from crm.core import clock, outbox, signing
from crm.core.lease import Lease
from crm.core.outbox import Heard, Outgoing
from crm.webhooks.models import Delivery, Webhook
from tests.support import unwritten
from tests.support.faults import recording
from tests.support.receiver import Request, status
from tests.support.world import Api
from tests.webhooks.listening import ANY, Listening, listening
from tests.webhooks.test_documented import SCHEMA


@pytest.fixture
def shop(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    with listening(api, monkeypatch) as found:
        yield found


def is_signed(request: Request, secret: str) -> bool:
    """As docs/webhooks.md says: each of the signatures, of id, time and body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    told = (
        ".".join((request.headers["webhook-id"], request.headers["webhook-timestamp"])).encode() + b"." + request.body
    )
    wanted = base64.b64encode(hmac.digest(key, told, hashlib.sha256)).decode()
    return f"v1,{wanted}" in request.headers["webhook-signature"].split(" ")


def test_an_event_arrives_signed_with_ids_and_nothing_of_the_person(shop: Listening) -> None:
    hook = shop.hook("customer.created", "customer.changed")
    customer = shop.customer(email="sunita@example.org", custom={})
    changed = shop.api.patch(f"/customers/{customer}", {"name": "Sunita Rai", "language": "ne"}, headers=ANY)
    shop.settle()
    for event in shop.told:
        SCHEMA.validate(event)
    created, renamed = sorted(shop.told, key=lambda one: str(one["timestamp"]))
    assert created["type"] == "customer.created"
    assert created["data"] == {"customer_id": customer, "version": 1, "fields": ["email", "kind", "name"]}
    assert (renamed["type"], renamed["data"]["fields"]) == ("customer.changed", ["language", "name"])
    assert renamed["data"]["version"] == changed.body["version"]
    assert all(is_signed(request, hook["secret"]) for request in shop.requests)
    assert not [request for request in shop.requests if b"unita" in request.body]
    assert [request.headers["webhook-id"] for request in shop.requests] == [one["id"] for one in shop.told]
    listed = shop.api.get(f"/webhooks/{hook['id']}/deliveries").body["items"]
    assert [(one["state"], one["answer"], one["attempts"]) for one in listed] == [("delivered", "204", 1)] * 2
    assert [(one["id"], one["data"]) for one in listed] == [(one["id"], one["data"]) for one in (renamed, created)]


def test_nothing_is_written_for_what_nobody_listens_to(shop: Listening) -> None:
    shop.customer()
    assert list(Outgoing.scan(Outgoing.sk.startswith("OUTGOING"))) == []
    hook = shop.hook("purchase.recorded")
    shop.customer()
    assert list(Outgoing.scan(Outgoing.sk.startswith("OUTGOING"))) == []
    shop.api.patch(f"/webhooks/{hook['id']}", {"active": False}, headers=ANY)
    assert Heard.read().kinds is None
    shop.api.patch(f"/webhooks/{hook['id']}", {"active": True, "events": ["segment.left"]}, headers=ANY)
    assert Heard.read().kinds == {"segment.left"}
    other = shop.hook("customer.erased")
    assert shop.api.delete(f"/webhooks/{hook['id']}").status == 204
    assert Heard.read().kinds == {"customer.erased"}
    assert shop.api.delete(f"/webhooks/{other['id']}").status == 204
    assert Heard.read().kinds is None


def test_another_process_learns_within_ten_seconds_who_listens(
    shop: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lease.forget_all()
    assert outbox.heard() == frozenset()
    shop.hook("customer.created")
    outbox.LISTENED.remember(frozenset())
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=10.1))
    assert outbox.heard() == {"customer.created"}


def test_every_kind_of_event_is_told(shop: Listening) -> None:
    hook = shop.hook(
        "customer.deleted", "customer.restored", "customer.merged", "customer.unmerged", "customer.erased",
        "purchase.recorded", "interaction.logged", "segment.joined", "segment.left",
    )  # fmt: skip
    group = shop.api.post(
        "/segments", {"name": "Nepali", "rule": {"field": "language", "op": "eq", "value": "ne"}}
    ).body
    assert "id" in group, group
    one, other = shop.customer(language="ne"), shop.customer(name="Sunita R")
    shop.settle()
    bought = shop.api.post(f"/customers/{one}/purchases", {"amount": "9.50", "currency": "USD"})
    talked = shop.api.post(f"/customers/{one}/interactions", {"kind": "call", "summary": "hello"})
    assert (bought.status, talked.status) == (201, 201), (bought, talked)
    shop.api.patch(f"/customers/{one}", {"language": "en"}, headers=ANY)
    shop.settle()
    known = {"into_version": shop.version(one), "from_version": shop.version(other)}
    merged = shop.api.post("/merges", {"into": one, "from": other, **known})
    assert merged.status in {201, 202}, merged
    shop.settle()
    undone = shop.api.post(f"/merges/{merged.body['id']}/undo", {})
    assert undone.status in {200, 202}, undone
    shop.settle()
    assert shop.api.delete(f"/customers/{other}", headers=ANY).status == 204
    assert shop.api.post(f"/bin/{other}/restore", {}).status == 200
    assert shop.api.post(f"/customers/{other}/erasure", {}).status in {200, 202}
    shop.settle()
    for event in shop.told:
        SCHEMA.validate(event)
    said = {event["type"]: event["data"] for event in shop.told}
    assert said.keys() == set(hook["events"])
    assert said["purchase.recorded"]["purchase_id"] == bought.body["id"]
    assert said["interaction.logged"]["interaction_id"] == talked.body["id"]
    assert said["segment.joined"] == said["segment.left"] == {"customer_id": one, "segment_id": group["id"]}
    assert said["customer.merged"] == said["customer.unmerged"] == {"customer_id": one, "merged_id": other}
    assert {said[f"customer.{what}"]["customer_id"] for what in ("deleted", "restored", "erased")} == {other}


def test_a_secret_is_shown_once_and_stands_nowhere(shop: Listening) -> None:
    key = {"idempotency-key": "once"}
    wanted = {"name": "Till", "url": shop.url, "events": ["customer.created"]}
    first, again = (shop.api.post("/webhooks", wanted, headers=key) for _ in range(2))
    assert (first.status, again.status, again.body["secret"]) == (201, 201, None)
    assert first.body["id"] == again.body["id"]
    assert shop.api.post("/webhooks", {**wanted, "name": "Other"}, headers=key).status == 409
    shown = shop.api.get(f"/webhooks/{first.body['id']}").body
    assert "secret" not in shown
    secret = base64.b64decode(first.body["secret"].removeprefix("whsec_"))
    stored = Webhook.read(first.body["id"])
    assert stored
    assert secret not in repr(stored.attribute_values).encode()
    assert base64.b64encode(secret).decode() not in repr(stored.attribute_values)


def test_for_a_day_both_secrets_sign(shop: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = shop.hook()
    rotated = shop.api.post(f"/webhooks/{hook['id']}/rotate", headers={"idempotency-key": "r"})
    assert rotated.body["secret"] not in {None, hook["secret"]}
    assert shop.api.post(f"/webhooks/{hook['id']}/rotate", headers={"idempotency-key": "r"}).body["secret"] is None
    shop.customer()
    shop.settle()
    assert [is_signed(shop.requests[0], one["secret"]) for one in (hook, rotated.body)] == [True, True]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=1, seconds=1))
    shop.customer()
    shop.settle()
    assert [is_signed(shop.requests[1], one["secret"]) for one in (hook, rotated.body)] == [False, True]


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://127.1/", "https://[::1]/", "https://a@example.com/", "https://h.example:22/"],
)
def test_an_address_that_nothing_is_sent_to_is_refused(shop: Listening, url: str) -> None:
    refused = shop.api.post("/webhooks", {"name": "x", "url": url, "events": ["customer.created"]})
    assert (refused.status, refused.body["detail"].split(":")[0]) == (422, "/url")
    hook = shop.hook()
    assert shop.api.patch(f"/webhooks/{hook['id']}", {"url": url}, headers=ANY).status == 422


def test_what_was_sent_can_be_sent_again_and_what_means_nothing_can_be_tried(shop: Listening) -> None:
    hook = shop.hook()
    shop.here.answer = status(500)
    shop.customer()
    shop.settle()
    [sent] = shop.api.get(f"/webhooks/{hook['id']}/deliveries", query={"state": "due"}).body["items"]
    assert (sent["answer"], sent["attempts"]) == ("500", 1)
    assert shop.api.get(f"/webhooks/{hook['id']}").body["failing_since"] == sent["tried_at"]
    shop.here.answer = status(204)
    with recording() as calls:
        again = shop.api.post(f"/webhooks/{hook['id']}/deliveries/{sent['id']}/again")
    assert again.status == 202, again
    shop.settle()
    assert [one["id"] for one in shop.told] == [sent["id"]] * 2
    assert shop.api.get(f"/webhooks/{hook['id']}").body["failing_since"] is None
    with recording() as more:
        tried = shop.api.post(f"/webhooks/{hook['id']}/test", headers={"idempotency-key": "t"})
    # The stream has it sent: a request is one write.
    for made in (calls, more):
        assert [call for call in made if call in unwritten.CHANGES] == ["TransactWriteItems"]
    assert (
        shop.api.post(f"/webhooks/{hook['id']}/test", headers={"idempotency-key": "t"}).body["id"] == tried.body["id"]
    )
    shop.settle()
    assert [one["type"] for one in shop.told[2:]] == ["webhook.test"]
    listed = shop.api.get(f"/webhooks/{hook['id']}/deliveries", query={"limit": "1"}).body
    assert listed["next"]
    assert shop.api.post(f"/webhooks/{hook['id']}/deliveries/nothing/again").status == 404
    shop.api.patch(f"/webhooks/{hook['id']}", {"active": False}, headers=ANY)
    assert shop.api.post(f"/webhooks/{hook['id']}/test").status == 409


def test_nobody_listens_more_than_twenty_times_and_versions_are_heeded(shop: Listening) -> None:
    hooks = [shop.hook() for _ in range(20)]
    wanted = {"name": "x", "url": shop.url, "events": ["customer.created"]}
    assert shop.api.post("/webhooks", wanted).status == 409
    assert shop.api.patch(f"/webhooks/{hooks[0]['id']}", {"name": "y"}, headers={"if-match": '"9"'}).status == 412
    assert (
        shop.api.patch(f"/webhooks/{hooks[0]['id']}", {"name": "y"}, headers={"if-match": '"1"'}).body["version"] == 2
    )
    page = shop.api.get("/webhooks", query={"limit": "19"}).body
    rest = shop.api.get("/webhooks", query={"limit": "19", "cursor": page["next"]}).body
    assert {one["id"] for one in page["items"] + rest["items"]} == {one["id"] for one in hooks}
    assert shop.api.get("/webhooks/nothing").status == 404


def test_a_secret_outlives_the_key_that_it_was_sealed_under(shop: Listening) -> None:
    hook = shop.hook()
    first = signing.keys()
    second = signing.Keys("k2", {**first.by_id, "k2": b"2" * 32})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "keys", lambda: second)
        shop.customer()
        shop.settle()
        stored = Webhook.read(hook["id"])
        assert stored
        assert stored.secret.startswith("k2.")
        patch.setattr(signing, "keys", lambda: signing.Keys("k2", {"k2": b"2" * 32}))
        shop.customer()
        shop.settle()
    assert [is_signed(one, hook["secret"]) for one in shop.requests] == [True, True]


def test_ids_of_events_sort_by_time(shop: Listening) -> None:
    hook = shop.hook()
    for _ in range(3):
        shop.customer()
    shop.settle()
    found = list(Delivery.query(f"WEBHOOK#{hook['id']}"))
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert all(re.fullmatch(r"\d{20}_[a-z2-7]{16}", one.event_id) for one in found)
