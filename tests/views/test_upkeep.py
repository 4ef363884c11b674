"""A new day begins once, whatever dies meanwhile; then what changes by time alone is projected, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import boto3
import pytest

from crm.business import service as business
from crm.core import clock, queue, table
from crm.core.config import settings
from crm.views import reading, registry, upkeep, wake
from crm.views.upkeep import Duty
from handlers import jobs
from handlers import upkeep as handler
from tests.support import faults, flow
from tests.support.world import Context
from tests.views.test_day import TODAY, until_due

START = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)


class Clock:
    """Stands where it is put."""

    now = START


@pytest.fixture(autouse=True)
def night_in_karachi(world: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    Clock.now = START
    monkeypatch.setattr(clock, "now", lambda: Clock.now)
    with mock.patch.dict(registry.FAMILIES, {"PROFILE": {"due": until_due}}):
        yield


def tick() -> list[str]:
    """What a tick queues, where waking the items of the day is the only duty."""
    with mock.patch.object(handler, "DUTIES", (Duty("wake"),)):
        return handler.handler({}, Context())["queued"]


def days_later(days: int) -> None:
    Clock.now = START + timedelta(days=days)


def customers(*due: date) -> list[tuple[str, str]]:
    keys = [(f"CUSTOMER#c{number}", "PROFILE") for number in range(len(due))]
    for key, day in zip(keys, due, strict=True):
        put(key, due=day.isoformat())
    flow.project(*keys)
    return keys


def put(key: tuple[str, str], *, due: str) -> None:
    item = table.to_item({"pk": key[0], "sk": key[1], "due": due})
    boto3.client("dynamodb").put_item(TableName=settings().crm_table, Item=item)


def listed() -> list[str]:
    return sorted(sk for pk, sk in flow.view_keys() if pk == "DUE")


def waiting() -> list[str]:
    return sorted(sk[:10] for pk, sk in flow.view_keys() if pk.startswith("WAKING#"))


def test_the_first_tick_of_a_day_queues_its_jobs_and_the_others_nothing() -> None:
    assert tick() == ["wake", "sweep"]
    assert tick() == []
    days_later(1)
    assert tick() == ["wake"]
    assert tick() == []
    assert reading.truth(()).stand.day == TODAY + timedelta(days=1)


def test_a_day_begins_at_the_midnight_of_the_business() -> None:
    tick()
    Clock.now = datetime(2026, 11, 22, 18, 45, tzinfo=UTC)  # 23:45 in Karachi
    assert tick() == []
    Clock.now = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
    assert tick() == ["wake"]


def test_a_clock_that_is_behind_lowers_nothing_and_queues_nothing() -> None:
    tick()
    days_later(-2)
    assert tick() == []
    assert reading.truth(()).stand.day == TODAY


def test_what_is_due_is_projected_on_its_day_and_the_rest_is_not_touched() -> None:
    customers(TODAY + timedelta(days=1), TODAY + timedelta(days=2), TODAY)
    tick()
    flow.do_jobs()
    assert (listed(), waiting()) == (["CUSTOMER#c2"], ["2026-11-23", "2026-11-24"])
    days_later(1)
    tick()
    with faults.recording() as calls:
        flow.do_jobs()
    assert (listed(), waiting()) == (["CUSTOMER#c0", "CUSTOMER#c2"], ["2026-11-24"])
    assert calls.count("TransactWriteItems") == 1


def test_days_on_which_nothing_ticked_are_made_up_for() -> None:
    customers(*(TODAY + timedelta(days=day) for day in range(5)))
    days_later(40)
    tick()
    flow.do_jobs()
    assert (len(listed()), waiting()) == (5, [])


def test_a_tick_killed_at_any_call_is_made_up_for_by_the_next() -> None:
    tick()
    flow.do_jobs()
    for day, point in enumerate(faults.crash_points(), start=1):
        days_later(day)
        with point:
            tick()
        tick()
        assert flow.do_jobs(), str(point)
        assert reading.truth(()).stand.day == TODAY + timedelta(days=day), str(point)


def test_a_job_killed_at_any_call_forgets_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "_PAGE", 1)
    tick()
    flow.do_jobs()
    for day, point in enumerate(faults.crash_points(), start=1):
        due = TODAY + timedelta(days=day)
        customers(due, due, due, due + timedelta(days=900))
        days_later(day)
        tick()
        (message,) = [json.loads(one["Body"]) for one in _received()]
        for attempt in (point, mock.MagicMock()):
            with attempt:
                assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}
        flow.do_jobs()
        assert (len(listed()), len(waiting())) == (3, 1), str(point)


def test_a_busy_store_has_the_job_come_again_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_FIRST_PAUSE_SECONDS", 0)
    customers(TODAY + timedelta(days=1))
    tick()
    flow.do_jobs()
    days_later(1)
    tick()
    (message,) = [json.loads(one["Body"]) for one in _received()]
    busy = faults.refusing("TransactWriteItems", error=faults.throttled())
    with busy, mock.patch.object(queue, "send") as sent:
        jobs.handler(flow.queue_event(message), Context())
    ((_, again),) = [call.args for call in sent.call_args_list]
    jobs.handler(flow.queue_event(again), Context())
    assert (listed(), waiting()) == (["CUSTOMER#c0"], [])


def _received() -> list[Any]:
    sqs, url = boto3.client("sqs"), settings().jobs_queue_url
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_an_item_that_cannot_be_projected_holds_up_nobody_and_is_tried_again_the_next_day() -> None:
    keys = customers(TODAY + timedelta(days=1), TODAY + timedelta(days=1))
    tick()
    flow.do_jobs()
    days_later(1)
    tick()
    put(keys[0], due="broken")
    flow.do_jobs()
    assert (listed(), waiting()) == (["CUSTOMER#c1"], ["2026-11-23"])
    put(keys[0], due="2026-11-23")
    days_later(2)
    tick()
    flow.do_jobs()
    assert (listed(), waiting()) == (["CUSTOMER#c0", "CUSTOMER#c1"], [])


def test_a_weekly_duty_comes_once_a_week() -> None:
    weekly = [Duty("patterns", every_days=7)]
    upkeep.tick(weekly)
    for day in range(1, 7):
        days_later(day)
        assert upkeep.tick(weekly) == []
    days_later(7)
    assert upkeep.tick(weekly) == ["patterns"]


def test_a_duty_that_is_not_for_a_new_shop_comes_when_its_days_are_over() -> None:
    weekly = [Duty("reconcile", every_days=7, at_once=False)]
    tick()
    for day in range(7):
        days_later(day)
        assert upkeep.tick(weekly) == []
    days_later(7)
    assert upkeep.tick(weekly) == ["reconcile"]
    assert upkeep.tick(weekly) == []


def test_another_leap_day_raises_the_epoch_and_has_everything_projected_anew() -> None:
    tick()
    before = reading.truth(()).stand
    business.change(decisions={"leap_day": "03-01"}, expected_version=None)
    assert tick() == ["sweep"]
    assert reading.truth(()).stand == reading.Stand(before.epoch + 1, before.day, "03-01", "Asia/Karachi")
    assert tick() == []


def test_every_duty_is_a_job() -> None:
    assert {duty.job for duty in handler.DUTIES} <= set(jobs._JOBS)
