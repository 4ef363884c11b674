"""Reminders that repeat: which times they come to, and that each is told once, whatever dies in between."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from crm.reminders.models import Reminder
from crm.reminders.repetition import occurrences
from tests.mail.test_crashes import MOST_CALLS, Fault, all_faults
from tests.support import faults
from tests.support.post import event
from tests.support.shop import Shop
from tests.support.world import Api

VISIT = {"to": "customer", "customer_id": "sunita", "at": "2026-12-01T10:00", "subject": "Your visit"}
WEEKLY = {**VISIT, "repeat": "FREQ=WEEKLY"}
SERIES = {
    "repeat": "FREQ=DAILY",
    "at": "2026-11-21T09:00",
    "starts_at": "2026-11-21T09:00",
    "occurrence": "20261121T0900",
}


@pytest.fixture
def desk(shop: Shop) -> Shop:
    shop.customer(timezone="Asia/Kathmandu")
    return shop


def settle(shop: Shop) -> int:
    """A tick and the mailer; how many mails have gone out in all."""
    shop.tick()
    shop.deliver()
    return len(shop.post.accepted)


def present(shop: Shop, owner: str, reminder_id: str = "visit") -> Reminder:
    found = Reminder.read(owner, reminder_id)
    assert found is not None
    return found


def test_each_occurrence_has_its_own_message_and_outcome_and_the_reminder_moves_on(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", WEEKLY)
    assert (made.status, made.body["at"], made.body["repeat"]) == (201, "2026-12-01T10:00", "FREQ=WEEKLY")
    assert made.body["upcoming"] == ["2026-12-08T10:00", "2026-12-15T10:00", "2026-12-22T10:00"]
    desk.at("2026-12-01T04:15Z")
    assert settle(desk) == 1
    told = api.get(made.headers["location"]).body
    assert (told["state"], told["at"], told["due_at"]) == ("pending", "2026-12-08T10:00", "2026-12-08T04:15:00.000000Z")
    assert (told["last"]["at"], told["last"]["state"]) == ("2026-12-01T10:00", "sent")
    message = api.get(f"/messages/{told['last']['message_key']}").body
    assert (message["occurrence"], message["state"], message["kind"]) == ("20261201T1000", "accepted", "reminder")
    assert desk.wait(days=6).tick() == 0
    desk.at("2026-12-08T04:15Z")
    assert settle(desk) == 2
    assert [mail.key.rpartition("_")[2] for mail in desk.post.accepted] == ["20261201T1000", "20261208T1000"]


def test_what_was_missed_is_told_once_and_the_series_goes_on_in_the_future(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", {**VISIT, "repeat": "FREQ=DAILY"}).headers["location"]
    desk.at("2026-12-20T05:00Z")
    assert settle(desk) == 1
    assert settle(desk) == 1
    told = api.get(path).body
    assert (told["last"]["at"], told["at"]) == ("2026-12-01T10:00", "2026-12-21T10:00")


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        ("FREQ=DAILY;COUNT=2", ["2026-12-01T10:00", "2026-12-02T10:00"]),
        ("freq=daily;until=20261203", ["2026-12-01T10:00", "2026-12-02T10:00", "2026-12-03T10:00"]),
        ("FREQ=DAILY;UNTIL=20261202T100000", ["2026-12-01T10:00", "2026-12-02T10:00"]),
        ("FREQ=DAILY;UNTIL=20261202T041500Z", ["2026-12-01T10:00", "2026-12-02T10:00"]),  # 10:00 in Kathmandu
        ("FREQ=DAILY;UNTIL=20261202T041459Z", ["2026-12-01T10:00"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=2", ["2026-12-03T10:00", "2026-12-07T10:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", ["2026-12-31T10:00", "2027-01-31T10:00", "2027-02-28T10:00"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["2026-12-25T10:00", "2027-01-29T10:00"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", ["2028-02-29T10:00", "2032-02-29T10:00"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["2026-12-31T10:00", "2027-01-29T10:00"]),
    ],
)
def test_a_series_comes_to_the_times_of_its_rule_and_ends(desk: Shop, api: Api, rule: str, times: list[str]) -> None:
    path = api.post("/reminders", {**VISIT, "repeat": rule}).headers["location"]
    came: list[str] = []
    for _ in times:
        reminder = api.get(path).body
        assert [reminder["at"], *reminder["upcoming"]] == times[len(came) : len(came) + 4]
        came.append(reminder["at"])
        desk.at(reminder["due_at"])
        assert settle(desk) == len(came)
    ended = api.get(path).body
    assert (came, ended["state"], ended["upcoming"]) == (times, "sent", [])


def test_wall_time_is_kept_over_changes_of_the_clocks(desk: Shop, api: Api) -> None:
    zone = {"timezone": "America/New_York", "repeat": "FREQ=DAILY"}
    path = api.post("/reminders", {**VISIT, **zone, "at": "2027-03-13T02:30"}).headers["location"]
    dues = []
    for _ in range(3):
        reminder = api.get(path).body
        dues.append((reminder["at"], reminder["due_at"][:16]))
        desk.at(reminder["due_at"])
        settle(desk)
    # At 02:00 on the 14th the clocks go to 03:00: the time that does not exist becomes the first that does.
    assert dues == [
        ("2027-03-13T02:30", "2027-03-13T07:30"),
        ("2027-03-14T02:30", "2027-03-14T07:00"),
        ("2027-03-15T02:30", "2027-03-15T06:30"),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYDAY=53MO",
        "FREQ=YEARLY;BYMONTH=12;BYDAY=1MO,-10FR",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        "FREQ=FORTNIGHTLY",
        "INTERVAL=2",
        "",
        "every six weeks",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;DTSTART=20261201",
        "FREQ=DAILY\nRDATE:20261201",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20271231",
        "FREQ=DAILY;UNTIL=20270230",
        "FREQ=DAILY;UNTIL=99991231T235959Z",
        "FREQ=DAILY;UNTIL=20261130",  # over before it begins
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(str(day % 31 + 1) for day in range(5000)),
        "FREQ=YEARLY;BYMONTH=" + ",".join("1" for _ in range(60)),
        "FREQ=WEEKLY;WKST=DAY",
        # These never come, and the library would look for them until the year 9999.
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=1FR;BYMONTHDAY=13",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=1000;BYMONTH=2;BYDAY=MO;UNTIL=21991231",
        "FREQ=YEARLY;BYDAY=MO,TU,WE;BYSETPOS=366",
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_by_name_and_soon(desk: Shop, api: Api, rule: str) -> None:
    begun = time.perf_counter()
    refused = api.post("/reminders", {**VISIT, "repeat": rule})
    assert (refused.status, [error["pointer"] for error in refused.body["errors"]]) == (422, ["/repeat"])
    assert time.perf_counter() - begun < 2


def test_the_search_for_a_rule_that_never_comes_is_bounded_whatever_the_machine() -> None:
    zone, never = ZoneInfo("UTC"), "FREQ=DAILY;INTERVAL=7;BYDAY=MO"
    with mock.patch("dateutil.rrule.rrulestr", wraps=rrulestr) as asked:
        assert (
            list(occurrences(never, start="2026-12-01T10:00", zone=zone, after=datetime(2026, 1, 1, tzinfo=UTC))) == []
        )
    assert 9999 - asked.call_args.kwargs["dtstart"].year < 400


def test_a_redelivered_order_of_a_past_occurrence_does_nothing(desk: Shop, api: Api) -> None:
    order = desk.reminder(**SERIES)
    for _ in range(3):
        assert desk.mailer(order.text()) == set()
    assert (desk.post.keys(), present(desk, order.pk).at) == ([order.key], "2026-11-22T09:00")


def test_an_order_of_an_occurrence_that_was_completed_tells_nothing_when_the_next_one_is_due(
    desk: Shop, api: Api
) -> None:
    path = api.post("/reminders", {**VISIT, "repeat": "FREQ=DAILY"}).headers["location"]
    desk.at("2026-12-01T04:15Z").tick()
    api.post(f"{path}/complete", headers={"if-match": "1"})
    desk.at("2026-12-02T04:15Z").deliver()
    assert desk.post.accepted == []
    assert settle(desk) == 1


def test_what_ses_reports_later_is_shown_with_the_occurrence_it_is_about(desk: Shop, api: Api) -> None:
    order = desk.reminder(**SERIES)
    desk.mailer(order.text())
    desk.happen(event(desk.post.accepted[0], "Bounce", bounceType="Permanent"))
    reminder = present(desk, order.pk)
    assert (reminder.state, reminder.at) == ("pending", "2026-11-22T09:00")
    assert reminder.last is not None
    assert reminder.last["state"] == "failed"


def test_an_occurrence_in_doubt_goes_again_three_times_and_then_the_series_goes_on(desk: Shop, api: Api) -> None:
    order = desk.reminder(**SERIES)
    for attempt in range(1, 5):
        with faults.losing_answer(operations=["SendEmail"]):
            settle(desk)
        assert desk.post.keys() == [order.key] * min(attempt, 3)
        desk.wait(minutes=16)
    reminder = present(desk, order.pk)
    assert (reminder.state, reminder.at) == ("pending", "2026-11-22T09:00")
    assert reminder.last is not None
    assert reminder.last["state"] == "in_doubt"
    desk.happen(event(desk.post.accepted[0], "Delivery"))
    assert (present(desk, order.pk).last or {})["state"] == "sent"


def test_another_zone_keeps_the_series_and_a_wall_time_that_comes_twice_is_told_twice(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", {**VISIT, "repeat": "FREQ=DAILY;COUNT=3"}).headers["location"]
    desk.at("2026-12-01T04:15Z")
    settle(desk)
    stored = api.get(path)
    tag = {"if-match": stored.headers["etag"]}
    moved = api.patch(path, {"timezone": "Asia/Karachi"}, headers=tag).body  # there it is 09:15 on the 1st
    assert (moved["at"], moved["due_at"], moved["upcoming"]) == (
        "2026-12-01T10:00",
        "2026-12-01T05:00:00.000000Z",
        ["2026-12-02T10:00", "2026-12-03T10:00"],
    )
    desk.at("2026-12-01T05:00Z")
    assert settle(desk) == 2
    assert len(set(desk.post.keys())) == 2


def test_a_series_can_begin_anew_or_end_by_a_change(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", WEEKLY)
    path, anew = made.headers["location"], {"at": "2026-12-05T08:00", "repeat": "FREQ=MONTHLY"}
    changed = api.patch(path, anew, headers={"if-match": "1"}).body
    assert (changed["at"], changed["occurrence"]) == ("2026-12-05T08:00", "20261205T0800")
    assert changed["upcoming"] == ["2027-01-05T08:00", "2027-02-05T08:00", "2027-03-05T08:00"]
    once = api.patch(path, {"repeat": None}, headers={"if-match": "2"}).body
    assert (once["repeat"], once["upcoming"], once["at"]) == (None, [], "2026-12-05T08:00")
    desk.at(once["due_at"])
    assert settle(desk) == 1
    assert api.get(path).body["state"] == "sent"


def test_deleting_ends_the_series(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", WEEKLY).headers["location"]
    desk.at("2026-12-01T04:15Z")
    settle(desk)
    assert api.delete(path, headers={"if-match": "2"}).status == 204
    desk.wait(days=30)
    assert settle(desk) == 1


def series(shop: Shop, number: int, to: str) -> Any:
    if to == "customer":
        return shop.reminder(f"CUSTOMER#{shop.customer(f'c{number}')}", f"r{number}", **SERIES)
    return shop.reminder(f"STAFF#{shop.member(f's{number}')}", f"r{number}", **SERIES)


def has_moved_on(shop: Shop, order: Any, *, reported: bool) -> None:
    """Told once, and then at the next occurrence; or in doubt at this one, to go again, while SES has said nothing."""
    reminder, times = present(shop, order.pk, order.rule), shop.post.keys().count(order.key)
    assert times <= 1
    if reminder.state == "in_doubt":
        assert not reported
        assert reminder.present == order.occurrence
        return
    assert (reminder.state, reminder.at, reminder.present) == ("pending", "2026-11-22T09:00", "20261122T0900")
    assert (times, (reminder.last or {})["state"], (reminder.last or {})["occurrence"]) == (1, "sent", order.occurrence)


@pytest.mark.parametrize(("to", "report_first"), [("customer", False), ("staff", True)])
def test_settling_and_moving_on_survive_a_fault_at_every_call(quick_shop: Shop, to: str, report_first: bool) -> None:
    shop, tried = quick_shop, 0
    for number, fault in enumerate(all_faults()):
        order = series(shop, number, to)
        deliver(shop, order, fault, report_first=report_first)
        went_out = shop.post.keys().count(order.key) > 0
        has_moved_on(shop, order, reported=report_first and went_out)
        report(shop, order)
        has_moved_on(shop, order, reported=went_out)
        tried += fault.reached
    assert tried > 15


def test_two_mailers_with_one_occurrence_move_on_once_wherever_they_meet(quick_shop: Shop) -> None:
    for call in range(1, MOST_CALLS):
        order = series(quick_shop, call, "customer")
        text = order.text()
        with faults.interrupted(at=call, by=partial(quick_shop.mailer, text)) as calls:
            quick_shop.mailer(text)
        has_moved_on(quick_shop, order, reported=True)
        if len(calls) < call:
            return
    raise AssertionError("the mailer makes more calls than expected")


def deliver(shop: Shop, order: Any, fault: Fault, *, report_first: bool) -> None:
    fault.strike(lambda: shop.mailer(order.text()))
    if report_first:
        report(shop, order)
    for _ in range(3):
        shop.wait(minutes=3).mailer(order.text())


def report(shop: Shop, order: Any) -> None:
    for mail in [mail for mail in shop.post.accepted if mail.key == order.key]:
        shop.happen(*[event(mail, kind) for kind in ("Delivery", "Send", "Delivery")])
