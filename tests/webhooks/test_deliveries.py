"""An event is told at least once and under one id, whoever dies on the way, and failures come to an end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from crm.core import built, egress
from crm.core.egress import Unreachable
from crm.webhooks.models import Delivery
from tests.support.cloud import Cloud, at
from tests.support.faults import crash_points

HOOK = {"name": "Newsletter", "url": "https://hooks.example.com/", "events": ["customer.created", "segment.joined"]}


@dataclass
class Elsewhere:
    """In place of the way out: what was sent, by id of the event, and what is answered."""

    answers: int | str = 204
    sent: list[dict[str, Any]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Any, *, seconds: float) -> int:
        assert (url, seconds) == (HOOK["url"], 10.0)
        told = json.loads(body)
        assert headers["webhook-id"] == told["id"]
        self.sent.append(told)
        if isinstance(self.answers, str):
            raise Unreachable("time")
        return self.answers


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    found = Elsewhere()
    monkeypatch.setattr(egress, "post", found.post)
    return found


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(at("2027-02-28T04:00Z")).running() as found:
        yield found


def hooked(cloud: Cloud) -> str:
    made = cloud.api.post("/webhooks", HOOK)
    assert made.status == 201, made
    return str(made.body["id"])


def sent(cloud: Cloud, hook: str) -> list[dict[str, Any]]:
    return list(cloud.api.get(f"/webhooks/{hook}/deliveries").body["items"])


def test_whoever_dies_on_the_way_the_event_arrives_under_one_id(elsewhere: Elsewhere, every: int) -> None:
    for crash in crash_points(every=every):
        with Cloud(at("2027-02-28T04:00Z")).running() as cloud:
            hook = hooked(cloud)
            assert cloud.api.post("/customers", {"name": "Sunita"}).status == 201
            elsewhere.sent.clear()
            with crash:
                while cloud.project() or cloud.receive("jobs") or cloud.receive("webhooks"):
                    pass
            cloud.settle()
            for _ in range(3):
                # Hidden messages come again, and so does the attempt that somebody had claimed.
                cloud.wait(minutes=31).settle()
            assert {(one["id"], one["type"]) for one in elsewhere.sent} == {
                (one["id"], one["type"]) for one in sent(cloud, hook)
            }
            assert [one["state"] for one in sent(cloud, hook)] == ["delivered"], str(crash)
            assert cloud.items("outgoing") == []
            assert cloud.dead == []
            assert len(elsewhere.sent) in {1, 2}


def test_a_cause_and_its_event_are_written_together_or_neither(elsewhere: Elsewhere, every: int) -> None:
    for crash in crash_points(every=every):
        with Cloud(at("2027-02-28T04:00Z")).running() as cloud:
            hooked(cloud)
            with crash:
                cloud.api.post("/customers", {"name": "Sunita"})
            assert len(cloud.items("profile")) == len(cloud.items("outgoing")), str(crash)


def test_an_event_is_tried_eleven_times_and_the_owner_told(cloud: Cloud, elsewhere: Elsewhere) -> None:
    assert cloud.api.post("/staff", {"id": "manager", "name": "M", "email": "m@shop.example"}).status == 201
    hook = hooked(cloud)
    elsewhere.answers = "time"
    assert cloud.api.post("/customers", {"name": "Sunita"}).status == 201
    cloud.settle()
    times = [cloud.now]
    while len(elsewhere.sent) < 11:
        before = len(elsewhere.sent)
        cloud.wait(seconds=30).settle()
        times += [cloud.now] * (len(elsewhere.sent) - before)
    waited = [int((later - earlier).total_seconds()) for earlier, later in pairwise(times)]
    assert waited == [30, 120, 600, 1800, 3600, 10800, 21600, 43200, 86400, 86400]
    [given_up] = sent(cloud, hook)
    assert (given_up["state"], given_up["answer"], given_up["attempts"]) == ("failed", "time", 11)
    shown = cloud.api.get(f"/webhooks/{hook}").body
    assert (shown["state"], shown["failing_since"]) == ("off", "2027-02-28T04:00:00.000000Z")
    [reminder] = cloud.items("reminder")
    assert reminder["pk"] == "STAFF#manager"
    assert "Newsletter" in reminder["subject"]
    cloud.api.post("/customers", {"name": "Sara"})
    cloud.settle()
    assert len(elsewhere.sent) == 11
    elsewhere.answers = 200
    assert cloud.api.patch(f"/webhooks/{hook}", {"active": True}, headers={"if-match": "*"}).status == 200
    assert cloud.api.post(f"/webhooks/{hook}/deliveries/{given_up['id']}/again").status == 202
    cloud.settle()
    assert [one["state"] for one in sent(cloud, hook)] == ["delivered"]


def test_what_has_arrived_lately_keeps_a_webhook_on(cloud: Cloud, elsewhere: Elsewhere) -> None:
    hook = hooked(cloud)
    elsewhere.answers = 500
    cloud.api.post("/customers", {"name": "Sunita"})
    cloud.settle()
    for _ in range(80):
        cloud.wait(hours=1).settle()
        if len(elsewhere.sent) == 10:
            elsewhere.answers = 204
            cloud.api.post("/customers", {"name": "Sara"})
            cloud.settle()
            elsewhere.answers = 500
    shown = cloud.api.get(f"/webhooks/{hook}").body
    assert shown["state"] == "active"
    assert {one["state"] for one in sent(cloud, hook)} == {"failed", "delivered"}


def test_a_message_that_comes_twice_sends_once(cloud: Cloud, elsewhere: Elsewhere) -> None:
    hooked(cloud)
    cloud.api.post("/customers", {"name": "Sunita"})
    while cloud.project() or cloud.receive("jobs"):
        pass
    [letter] = cloud.queues["webhooks"]
    for _ in range(3):
        cloud.send("webhooks", letter.body)
    cloud.settle()
    assert len(elsewhere.sent) == 1


def test_what_is_off_or_gone_is_not_sent(cloud: Cloud, elsewhere: Elsewhere) -> None:
    hook = hooked(cloud)
    cloud.api.post("/customers", {"name": "Sunita"})
    while cloud.project() or cloud.receive("jobs"):
        pass
    cloud.api.patch(f"/webhooks/{hook}", {"active": False}, headers={"if-match": "*"})
    cloud.settle()
    assert [(one["state"], one["answer"]) for one in sent(cloud, hook)] == [("failed", "off")]
    cloud.api.patch(f"/webhooks/{hook}", {"active": True}, headers={"if-match": "*"})
    cloud.api.post(f"/webhooks/{hook}/deliveries/{sent(cloud, hook)[0]['id']}/again")
    cloud.api.delete(f"/webhooks/{hook}")
    cloud.settle()
    assert elsewhere.sent == []


def test_what_nobody_handed_on_is_found_the_next_day(cloud: Cloud, elsewhere: Elsewhere) -> None:
    hooked(cloud)
    cloud.api.post("/customers", {"name": "Sunita"})
    cloud._stream.clear()  # given up, into the bucket of failed records
    cloud.settle()
    assert elsewhere.sent == []
    cloud.live(until=at("2027-03-01T04:00Z"))
    assert len(elsewhere.sent) == 1


def test_nobody_joins_by_a_rebuild(cloud: Cloud, elsewhere: Elsewhere) -> None:
    hooked(cloud)
    built.forget()  # tests keep a mark that does not age
    cloud.fire()
    cloud.settle()
    made = cloud.api.post("/customers", {"name": "Sunita", "language": "ne"})
    cloud.api.post("/segments", {"name": "Nepali", "rule": {"field": "language", "op": "eq", "value": "ne"}})
    cloud.settle()
    joined = [one for one in elsewhere.sent if one["type"] == "segment.joined"]
    assert len(joined) == 1
    cloud.memory.tables["views"].clear()
    built.forget()
    changed = cloud.api.patch(f"/customers/{made.body['id']}", {"name": "Sunita Rai"}, headers={"if-match": "*"})
    assert changed.status == 200
    cloud.settle()
    assert [key for key in cloud.memory.tables["views"] if key[0].startswith("TOTAL#SEGMENT")]
    assert [one for one in elsewhere.sent if one["type"] == "segment.joined"] == joined


def test_what_was_handed_on_and_sent_is_not_sent_again_by_who_hands_it_on_once_more(
    cloud: Cloud, elsewhere: Elsewhere
) -> None:
    hooked(cloud)
    cloud.api.post("/customers", {"name": "Sunita"})
    before = {key: item for key, item in cloud.memory.tables["crm"].items() if key[0].startswith("OUTBOX#")}
    cloud.settle()
    cloud.memory.tables["crm"].update(before)
    ((pk, sk),) = before
    cloud.send("jobs", json.dumps({"job": "spread", "pk": pk, "sk": sk}))
    cloud.settle()
    assert len(elsewhere.sent) == 1


def test_of_two_who_have_read_the_same_delivery_one_sends(
    cloud: Cloud, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked(cloud)
    cloud.api.post("/customers", {"name": "Sunita"})
    while cloud.project() or cloud.receive("jobs"):
        pass
    [letter] = cloud.queues["webhooks"]
    told = json.loads(letter.body)
    both = [Delivery.read(told["pk"], told["sk"]) for _ in range(2)]
    monkeypatch.setattr(Delivery, "read", lambda *_: both.pop())
    for _ in range(2):
        cloud.send("webhooks", letter.body)
    cloud.queues["webhooks"].remove(letter)
    cloud.settle()
    assert len(elsewhere.sent) == 1


@pytest.mark.parametrize("status", [199, 301, 302, 400, 410, 503])
def test_only_a_status_of_200_to_299_says_that_it_has_arrived(cloud: Cloud, elsewhere: Elsewhere, status: int) -> None:
    hook = hooked(cloud)
    elsewhere.answers = status
    cloud.api.post("/customers", {"name": "Sunita"})
    cloud.settle()
    assert [(one["state"], one["answer"]) for one in sent(cloud, hook)] == [("due", str(status))]
