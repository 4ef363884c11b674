"""The scheduler fires as time passes, sends what the template says, and does not lose what fails."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local import scheduler
from infra.local.clock import Clock
from infra.local.idle import Idle
from infra.local.sandbox import InvokeResult
from infra.local.scheduler import Scheduler
from infra.local.stack import Function
from infra.local.triggers import Schedule
from infra.local.watch import Pending

DUE = datetime(2027, 2, 28, 9, 15, tzinfo=UTC)


class Quiet:
    """An engine where nothing waits."""

    def now(self) -> Pending:
        return Pending()

    def wake(self) -> None:
        return


class NoMessages:
    """Queues in which nothing is delayed."""

    def first_due(self) -> float | None:
        return None

    def pass_time(self, _: float) -> None:
        raise AssertionError("there is nothing to pass time for")


class World:
    """A scheduler with one schedule, and functions that are answered by a rule."""

    def __init__(self, directory: Path, rule: Callable[[int], InvokeResult], expression: str) -> None:
        self.rule = rule
        self.calls: list[tuple[datetime, Any]] = []
        self.dead: list[tuple[str, dict[str, Any]]] = []
        self.log: list[str] = []
        self.clock = Clock(directory / "clock")
        function = Function(
            logical_id="Tick",
            handler="a.b",
            runtime="python3.13",
            timeout=3,
            memory=128,
            environment={},
            log_format="Text",
            retries=2,
            on_failure="arn:aws:sqs:eu-west-1:000000000000:Dead",
        )
        schedule = Schedule(
            logical_id="Every",
            arn="arn:aws:scheduler:eu-west-1:000000000000:schedule/default/Every",
            expression=expression,
            timezone="UTC",
            function="Tick",
            input='{"at": "<aws.scheduler.scheduled-time>", "try": <aws.scheduler.attempt-number>}',
        )
        self.scheduler = Scheduler(
            [schedule],
            {"Tick": function},
            clock=self.clock,
            lambdas=self,  # type: ignore[arg-type]
            idle=Idle(Quiet(), lambda: (0, len(self.calls)), []),  # type: ignore[arg-type]
            messages=NoMessages(),
            dead_letter=lambda arn, record: self.dead.append((arn, record)),
            log=self.log.append,
        )

    def invoke(self, _: str, event: bytes) -> InvokeResult:
        self.calls.append((self.clock.now(), json.loads(event)))
        return self.rule(len(self.calls))


def done(_: int) -> InvokeResult:
    return InvokeResult(payload=b"null")


def failing(_: int) -> InvokeResult:
    return InvokeResult(payload=b'{"errorType": "ValueError"}', function_error="Unhandled")


def test_a_schedule_fires_when_its_time_comes(tmp_path: Path) -> None:
    world = World(tmp_path, done, "rate(1 minute)")
    now = world.clock.now()
    ahead = now.replace(second=0, microsecond=0) + timedelta(minutes=2) - timedelta(seconds=0.3)
    world.scheduler.advance_to(ahead)
    world.calls.clear()
    world.scheduler.start()
    limit = time.monotonic() + 30
    while not world.calls and time.monotonic() < limit:
        time.sleep(0.02)
    world.scheduler.stop()
    ((at, event),) = world.calls
    assert timedelta() <= at - (ahead + timedelta(seconds=0.3)) < timedelta(seconds=2)
    assert event["at"] == (ahead + timedelta(seconds=0.3)).strftime("%Y-%m-%dT%H:%M:00Z")


def test_a_schedule_that_cannot_even_be_called_does_not_end_the_others(tmp_path: Path) -> None:
    def no_process(_: int) -> InvokeResult:
        raise OSError("no processes left")

    world = World(tmp_path, no_process, "rate(1 minute)")
    world.scheduler.advance_to(world.clock.now().replace(second=0, microsecond=0) + timedelta(seconds=59.9))
    before = set(threading.enumerate())
    world.scheduler.start()
    (own,) = set(threading.enumerate()) - before
    limit = time.monotonic() + 30
    while not world.log and time.monotonic() < limit:
        time.sleep(0.02)
    assert "no processes left" in world.log[0]
    assert own.is_alive()
    world.scheduler.stop()


def test_what_the_clock_passed_by_does_not_fire_again(tmp_path: Path) -> None:
    world = World(tmp_path, done, "rate(1 hour)")
    later = world.clock.now() + timedelta(hours=5)
    assert world.scheduler.advance_to(later) == 5
    assert world.scheduler.advance_to(later) == 0
    times = [event["at"] for _, event in world.calls]
    assert times == sorted(set(times))
    assert all(at.strftime("%Y-%m-%dT%H:00:00Z") == event["at"] for at, event in world.calls)


def test_a_clock_that_is_moved_at_once_fires_what_it_passed_by_once(tmp_path: Path) -> None:
    world = World(tmp_path, done, "rate(1 hour)")
    later = world.clock.now() + timedelta(hours=5)
    assert world.scheduler.skip_to(later) == 1
    ((at, event),) = world.calls
    assert timedelta() <= at - later < timedelta(seconds=5)
    assert event["at"] == later.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert world.scheduler.skip_to(later) == 0
    assert world.scheduler.advance_to(later) == 0


def test_a_failing_function_is_tried_again_and_then_goes_to_its_dead_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "RETRY_SECONDS", 0.01)
    world = World(tmp_path, failing, "rate(1 hour)")
    world.scheduler.advance_to(world.clock.now() + timedelta(hours=1))
    assert [event["try"] for _, event in world.calls] == [1, 2, 3]
    ((arn, record),) = world.dead
    assert arn.endswith(":Dead")
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"]["at"] == world.calls[0][1]["at"]
    assert record["responsePayload"] == {"errorType": "ValueError"}
    assert any("given up" in line for line in world.log)


def test_a_function_that_recovers_is_not_a_dead_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "RETRY_SECONDS", 0.01)
    world = World(tmp_path, lambda call: failing(call) if call == 1 else done(call), "rate(1 hour)")
    world.scheduler.advance_to(world.clock.now() + timedelta(hours=1))
    assert len(world.calls) == 2
    assert world.dead == []


def test_without_an_input_the_event_is_the_schedulers_own() -> None:
    schedule = Schedule(
        logical_id="Every", arn="arn:x", expression="rate(1 hour)", timezone="UTC", function="Tick", input=None
    )
    event = json.loads(scheduler.event_of(schedule, DUE))
    assert event["source"] == "aws.scheduler"
    assert event["time"] == "2027-02-28T09:15:00Z"
    assert event["resources"] == ["arn:x"]
