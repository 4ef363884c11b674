""" "Every six weeks unless I have talked to him", and "thank her a year after the purchase"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop import NO_FACTS, Shop
from tests.support.world import Api

CALL = {
    "to": "staff",
    "customer_id": "sunita",
    "at": "2026-12-01T10:00",
    "subject": "Call Sunita",
    "repeat": "FREQ=WEEKLY;INTERVAL=6",
    "unless_contact": True,
}
THANKS = {"to": "customer", "customer_id": "sunita", "subject": "Thank you"}


@pytest.fixture
def desk(shop: Shop) -> Shop:
    shop.customer(timezone="Asia/Kathmandu")
    shop.member("manager", timezone="Asia/Kathmandu")
    return shop


def send(shop: Shop) -> list[str]:
    shop.tick()
    shop.deliver()
    return [mail.subject for mail in shop.post.accepted]


def talk(api: Api, at: str, kind: str = "call") -> None:
    assert api.post("/customers/sunita/interactions", {"kind": kind, "at": at, "summary": "x"}).status == 201


def test_an_occurrence_is_skipped_after_a_talk_and_says_why_and_the_next_one_counts_anew(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    talk(api, desk.at("2026-11-30T10:00Z").moment.isoformat())
    assert send(desk.at("2026-12-01T04:15Z")) == []
    skipped = api.get(path).body
    assert (skipped["state"], skipped["at"]) == ("pending", "2027-01-12T10:00")
    assert (skipped["last"]["state"], skipped["last"]["at"]) == ("skipped", "2026-12-01T10:00")
    message = api.get(f"/messages/{skipped['last']['message_key']}").body
    assert (message["state"], message["reason_code"]) == ("withheld", "recent_contact")
    assert message["decision"]["last_contact_at"] == "2026-11-30T10:00:00.000000Z"
    assert len(send(desk.at("2027-01-12T04:15Z"))) == 1
    assert api.get(path).body["last"]["state"] == "sent"


def test_a_talk_before_the_occurrence_before_does_not_count_and_neither_does_a_note(desk: Shop, api: Api) -> None:
    talk(api, "2026-11-01T10:00:00Z")
    api.post("/reminders", CALL)
    talk(api, desk.at("2026-11-30T10:00Z").moment.isoformat(), kind="note")
    assert len(send(desk.at("2026-12-01T04:15Z"))) == 1


def test_it_is_decided_when_it_is_sent_not_when_it_is_ordered(desk: Shop, api: Api) -> None:
    api.post("/reminders", CALL)
    desk.at("2026-12-01T04:15Z").tick()
    talk(api, desk.moment.isoformat())
    desk.deliver()
    assert desk.post.accepted == []


def test_one_that_does_not_repeat_ends_as_skipped(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", {**CALL, "repeat": None}).headers["location"]
    talk(api, desk.at("2026-11-30T10:00Z").moment.isoformat())
    send(desk.at("2026-12-01T04:15Z"))
    assert api.get(path).body["state"] == "skipped"
    assert desk.wait(days=1).tick() == 0


def test_whom_nobody_is_meant_by_cannot_have_been_talked_to(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", {**CALL, "customer_id": None, "unless_contact": False})
    assert made.status == 201
    assert api.post("/reminders", {**CALL, "customer_id": None}).status == 422
    refused = api.patch(made.headers["location"], {"unless_contact": True}, headers={"if-match": "1"})
    assert [error["pointer"] for error in refused.body["errors"]] == ["/unless_contact"]


@pytest.mark.parametrize(
    ("event", "period", "at"),
    [
        # 31 January, 20:30 in UTC is 1 February in Kathmandu.
        ("last_purchase", "P1Y", "2027-02-01T10:00"),
        ("first_purchase", "P3Y", "2027-02-28T10:00"),  # bought on 29 February 2024
        ("joined", "P1M", "2026-11-30T10:00"),  # joined on 31 October
        ("registered", "P6W", "2027-01-02T10:00"),
        ("registered", "P1M2W3D", "2027-01-07T10:00"),
        ("last_contact", "P90D", "2027-01-30T10:00"),
    ],
)
def test_so_long_after_an_event_is_counted_by_the_customers_calendar(
    desk: Shop, api: Api, event: str, period: str, at: str
) -> None:
    facts = {"first_purchase_at": "2024-02-29T06:00:00Z", "last_purchase_at": "2026-01-31T20:30:00Z"}
    facts |= {"last_contact_at": "2026-11-01T06:00:00Z"}
    desk.customer(timezone="Asia/Kathmandu", joined_on="2026-10-31", facts={**NO_FACTS, **facts})
    made = api.post("/reminders", {**THANKS, "after": {"event": event, "period": period, "time": "10:00"}})
    assert (made.status, made.body["at"], made.body["timezone"]) == (201, at, "Asia/Kathmandu")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"after": {"event": "last_purchase", "period": "P1Y", "time": "10:00"}}, "/after/event"),  # never bought
        ({"after": {"event": "registered", "period": "P0D", "time": "10:00"}}, "/after/period"),
        ({"after": {"event": "registered", "period": "PT5H", "time": "10:00"}}, "/after/period"),
        ({"after": {"event": "registered", "period": "a year", "time": "10:00"}}, "/after/period"),
        ({"after": {"event": "registered", "period": "P999Y", "time": "10:00"}}, "/after/period"),
        ({"after": {"event": "registered", "period": "P99999D", "time": "10:00"}}, "/after/period"),
        ({"after": {"event": "registered", "period": "P1Y", "time": "25:00"}}, "/after/time"),
        ({"after": {"event": "birthday", "period": "P1Y", "time": "10:00"}}, "/after/event"),
        ({"after": {"event": "joined", "period": "P1D", "time": "10:00"}}, "/after"),  # it is over
        ({"after": {"event": "joined", "period": "P1Y", "time": "10:00"}, "at": "2026-12-01T10:00"}, ""),
        ({}, ""),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(desk: Shop, api: Api, fields: dict[str, Any], pointer: str) -> None:
    desk.customer(timezone="Asia/Kathmandu", joined_on="2026-10-31")
    refused = api.post("/reminders", {**THANKS, **fields})
    assert (refused.status, [error["pointer"] for error in refused.body["errors"]]) == (422, [pointer])
