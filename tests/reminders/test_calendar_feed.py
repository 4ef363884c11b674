"""The calendar behind a secret link."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from tests.support import faults
from tests.support.shop import Shop
from tests.support.visitor import visit
from tests.support.world import Api

CALL = {"to": "staff", "at": "2026-12-01T10:00", "subject": "Call Sunita; 10, or later", "message": "Secret"}
KATHMANDU = ZoneInfo("Asia/Kathmandu")


@pytest.fixture
def desk(shop: Shop) -> Shop:
    shop.customer(timezone="Asia/Kathmandu")
    shop.member("manager", timezone="Asia/Kathmandu")
    return shop


def link(api: Api, key: str | None = None) -> str:
    made = api.post("/staff/manager/calendar", headers={"idempotency-key": key} if key else {})
    assert (made.status, made.headers["location"]) == (201, made.body["path"])
    return str(made.body["path"])


def events(shop: Shop, path: str) -> list[Any]:
    """What a calendar program reads in the file; every zone that it names is in it."""
    answer = visit("GET", path)
    assert (answer["status"], answer["headers"]["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(answer["body"])
    found = list(calendar.walk("VEVENT"))
    named = {event["dtstart"].params.get("TZID") for event in found} - {None}
    assert {zone["tzid"] for zone in calendar.walk("VTIMEZONE")} == named
    assert calendar.errors == []
    return found


def test_due_reminders_are_events_at_their_wall_time_and_settled_ones_are_gone(desk: Shop, api: Api) -> None:
    path = link(api)
    done = api.post("/reminders", CALL).headers["location"]
    api.post("/reminders", {**CALL, "at": "2026-12-02T09:30", "timezone": "America/New_York", "subject": "שיחה"})
    first, second = events(desk.views(), path)
    assert (first["summary"], first.decoded("dtstart")) == (
        CALL["subject"],
        datetime(2026, 12, 1, 10, tzinfo=KATHMANDU),
    )
    assert second.decoded("dtstart").utcoffset() == timedelta(hours=-5)
    assert (second["summary"], second["dtstart"].params["TZID"]) == ("שיחה", "America/New_York")
    assert "Secret" not in visit("GET", path)["body"]
    api.post(f"{done}/complete", headers={"if-match": "1"})
    assert [event["summary"] for event in events(desk.views(), path)] == ["שיחה"]


@pytest.mark.parametrize(
    ("rule", "zone"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "Asia/Kathmandu"),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=4", "America/New_York"),
        ("FREQ=DAILY;UNTIL=20261203", "Asia/Kathmandu"),
        ("FREQ=DAILY;UNTIL=20261203T041500Z", "Asia/Kathmandu"),
        ("FREQ=WEEKLY;UNTIL=20270115T100000", "Europe/London"),
        ("FREQ=YEARLY", "UTC"),
    ],
)
def test_a_series_is_one_event_that_comes_when_the_reminder_does(desk: Shop, api: Api, rule: str, zone: str) -> None:
    made = api.post("/reminders", {**CALL, "repeat": rule, "timezone": zone}).body
    [event] = events(desk.views(), link(api))
    start = event.decoded("dtstart").replace(tzinfo=ZoneInfo(zone))
    series = rrulestr(event["rrule"].to_ical().decode(), dtstart=start)
    expected = [made["at"], *made["upcoming"]]
    assert [moment.strftime("%Y-%m-%dT%H:%M") for moment in series[:4]] == expected


def test_a_snoozed_one_of_a_series_stands_beside_it(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", {**CALL, "repeat": "FREQ=WEEKLY"}).headers["location"]
    api.post(f"{path}/snooze", {"until": "2026-12-02T11:00"}, headers={"if-match": "1"})
    series, snoozed = events(desk.views(), link(api))
    assert ("rrule" in series, "rrule" in snoozed, series["uid"] != snoozed["uid"]) == (True, False, True)
    assert snoozed.decoded("dtstart") == datetime(2026, 12, 2, 11, tzinfo=KATHMANDU)


def test_an_empty_calendar_is_one(desk: Shop, api: Api) -> None:
    assert events(desk.views(), link(api)) == []


def test_unchanged_it_is_not_sent_again_and_it_is_private(desk: Shop, api: Api) -> None:
    path = link(api)
    api.post("/reminders", {**CALL, "repeat": "FREQ=WEEKLY"})
    first = visit("GET", path) if desk.views() else {}
    again = visit("GET", path, headers={"if-none-match": first["headers"]["ETag"]})
    assert (again["status"], again["body"], again["headers"]["ETag"]) == (304, "", first["headers"]["ETag"])
    assert first["headers"]["Cache-Control"].startswith("private")
    api.post("/reminders", CALL)
    changed = visit("GET", path, headers={"if-none-match": first["headers"]["ETag"]}) if desk.views() else {}
    assert changed["status"] == 200


def test_a_new_link_ends_the_old_one(desk: Shop, api: Api) -> None:
    old = link(api, key="a")
    assert link(api, key="a") == old
    new = link(api, key="b")
    assert [visit("GET", path)["status"] for path in (old, new)] == [404, 200]
    late = api.post("/staff/manager/calendar", headers={"idempotency-key": "a"})
    assert (late.status, late.body["type"]) == (409, "urn:crm:problem:idempotency-key-reused")
    assert link(api) != new
    assert visit("GET", new)["status"] == 404
    assert api.post("/staff/nobody/calendar").status == 404


def test_a_change_of_the_member_keeps_the_link(desk: Shop, api: Api) -> None:
    path = link(api)
    api.patch("/staff/manager", {"name": "M"}, headers={"if-match": "*"})
    assert visit("GET", path)["status"] == 200


def test_a_link_is_signed_and_says_nothing_about_anybody(desk: Shop, api: Api) -> None:
    path = link(api)
    assert "manager" not in path
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    key, payload, mac = token.split(".")
    forged = [f"{key}.{payload}.{mac[:-2]}AA", f"{key}.{payload[:-2]}AA.{mac}", "x", "", f"{payload}.{mac}"]
    assert {visit("GET", f"/calendar/{one}.ics")["status"] for one in forged} == {404}


def test_it_is_read_without_a_reminder_or_a_customer(desk: Shop, api: Api) -> None:
    path = link(api)
    for day in range(1, 9):
        api.post("/reminders", {**CALL, "at": f"2026-12-0{day}T10:00", "customer_id": "sunita"})
    desk.views()
    with faults.recording() as calls:
        assert visit("GET", path)["status"] == 200
    assert [call for call in calls if call != "GetParameter"] == ["GetItem", "GetItem", "Query"]


@pytest.mark.parametrize("call", range(1, 7))
def test_making_a_link_that_dies_or_loses_its_answer_is_made_once_when_repeated(
    desk: Shop, api: Api, call: int
) -> None:
    with faults.losing_answer(at=call):
        api.post("/staff/manager/calendar", headers={"idempotency-key": "k"})
    for where in ("before", "after"):
        with faults.CrashPoint(call, where):
            api.post("/staff/manager/calendar", headers={"idempotency-key": "k"})
    path = link(api, key="k")
    assert (link(api, key="k"), visit("GET", path)["status"]) == (path, 200)
