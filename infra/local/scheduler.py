"""Fires the template's schedules, and has messages come that are delayed for long, as the clock is moved."""

from __future__ import annotations

import json
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from infra.local import cron, names
from infra.local.clock import Clock
from infra.local.idle import Idle
from infra.local.lambda_host import LambdaHost
from infra.local.sandbox import InvokeResult
from infra.local.stack import Function
from infra.local.triggers import Schedule

DRAIN_SECONDS = 600.0
# Once something hangs, a year of schedules must not wait for it each time.
BRIEF_DRAIN_SECONDS = 0.5
RETRY_SECONDS = 1.0
LONGEST_SLEEP_SECONDS = 30.0


class Messages(Protocol):
    """Messages that are delayed for longer than anybody waits for them."""

    def first_due(self) -> float | None:
        """In how many seconds the first of them is due; None where there is none."""

    def pass_time(self, seconds: float, /) -> None:
        """Let so much time pass for all of them."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A schedule with what tells when it is due."""

    schedule: Schedule
    due: cron.Due


class Scheduler:
    """The host's clock: `now`, and `advance_to`, which fires everything in between and has delayed messages come.

    `skip_to` is for who has no time for all of that.

    `dead_letter(arn, record)` takes what failed for good.
    """

    def __init__(
        self,
        schedules: Sequence[Schedule],
        functions: Mapping[str, Function],
        *,
        clock: Clock,
        lambdas: LambdaHost,
        idle: Idle,
        messages: Messages,
        dead_letter: Callable[[str, dict[str, Any]], None],
        log: Callable[[str], None],
    ) -> None:
        self._entries = [Entry(schedule=entry, due=cron.parse(entry.expression, entry.timezone)) for entry in schedules]
        self._functions = functions
        self._clock = clock
        self._lambdas = lambdas
        self._idle = idle
        self._messages = messages
        self._dead_letter = dead_letter
        self._log = log
        self._fired_until = clock.now()
        self._firing = threading.RLock()
        self._stopped = threading.Event()

    def now(self) -> datetime:
        """Return the time of this world, in UTC."""
        return self._clock.now()

    def start(self) -> None:
        """Fire from now on as time passes."""
        threading.Thread(target=self._run, name="scheduler", daemon=True).start()

    def stop(self) -> None:
        """Fire nothing more."""
        self._stopped.set()

    def advance_to(self, instant: datetime) -> int:
        """Move the clock forward to `instant`; return how many schedules fired on the way.

        Each fires in order with the clock at its instant, and what it caused is done before the next; so do messages
        come that were delayed until then. What a failing function leaves undone after ten minutes is reported in the
        terminal and left behind.
        """
        fired = 0
        patience = DRAIN_SECONDS
        with self._firing, self._idle.hurry():
            patience = self._drain(patience)
            while not self._stopped.is_set():
                due, entries = self._next()
                message = self._next_message()
                stop = min(filter(None, (due, message, instant)))
                self._move_to(stop, delayed=message is not None)
                if due == stop:
                    fired += self._fire(due, entries)
                elif stop != message:
                    break
                patience = self._drain(patience)
            self._fired_until = max(self._fired_until, instant)
        return fired

    def skip_to(self, instant: datetime) -> int:
        """Move the clock to `instant` at once; what was due on the way fires once, at the end; how many that were.

        As after an outage: a day takes as long as a quarter of an hour does.
        """
        with self._firing, self._idle.hurry():
            patience = self._drain(DRAIN_SECONDS)
            due = [entry for entry in self._entries if self._is_due(entry, instant)]
            self._move_to(instant, delayed=self._next_message() is not None)
            fired = self._fire(instant, due)
            self._drain(patience)
        return fired

    def _is_due(self, entry: Entry, instant: datetime) -> bool:
        first = entry.due.after(self._fired_until)
        return first is not None and first <= instant

    def _run(self) -> None:
        while not self._stopped.is_set():
            wait = LONGEST_SLEEP_SECONDS
            with self._firing:
                due, entries = self._next()
                if due:
                    wait = (due - self.now()).total_seconds()
                    if wait <= 0:
                        self._fire_safely(due, entries)
            # Not longer, since the clock may be moved meanwhile.
            self._stopped.wait(max(0.0, min(wait, 1.0)))

    def _fire_safely(self, due: datetime, entries: Sequence[Entry]) -> None:
        try:
            self._fire(due, entries)
        except Exception:  # noqa: BLE001  else no schedule would fire until the next start
            self._log(f"the schedules of {due.isoformat()} failed in the local host:\n{traceback.format_exc()}")

    def _next(self) -> tuple[datetime | None, list[Entry]]:
        times = [(due, entry) for entry in self._entries if (due := entry.due.after(self._fired_until))]
        if not times:
            return None, []
        first = min(due for due, _ in times)
        return first, [entry for due, entry in times if due == first]

    def _next_message(self) -> datetime | None:
        seconds = self._messages.first_due()
        # A moment later, so that it is due whatever the two clocks round.
        return None if seconds is None else self.now() + timedelta(seconds=seconds + 0.001)

    def _move_to(self, instant: datetime, *, delayed: bool) -> None:
        ahead = (instant - self.now()).total_seconds()
        self._clock.move_to(instant)
        if delayed and ahead > 0:
            self._messages.pass_time(ahead)

    def _fire(self, due: datetime, entries: Sequence[Entry]) -> int:
        self._fired_until = due
        with self._idle.work():
            for entry in entries:
                self._call(entry.schedule, due)
        return len(entries)

    def _call(self, schedule: Schedule, due: datetime) -> None:
        function = self._functions[schedule.function]
        result = InvokeResult(payload=b"")
        event = b""
        for attempt in range(1, function.retries + 2):
            event = event_of(schedule, due, attempt)
            result = self._lambdas.invoke(schedule.function, event)
            if not result.function_error or self._stopped.wait(RETRY_SECONDS if attempt <= function.retries else 0):
                break
        if result.function_error:
            self._log(f"{schedule.logical_id} of {due.isoformat()} failed {attempt} times and is given up")
            if function.on_failure:
                self._dead_letter(function.on_failure, _failed_record(function, event, attempt, result))

    def _drain(self, patience: float) -> float:
        """Wait for the end of all work; return how long to wait the next time."""
        if self._idle.wait(patience):
            return DRAIN_SECONDS
        if patience == DRAIN_SECONDS:
            self._log(f"the clock moves on although work remains after {patience:g} s")
        return BRIEF_DRAIN_SECONDS


def event_of(schedule: Schedule, due: datetime, attempt: int = 1) -> bytes:
    """Return what EventBridge Scheduler sends: the template's Input with its placeholders filled, else its default."""
    at = due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    execution = str(uuid.uuid4())
    if schedule.input is None:
        return json.dumps(
            {
                "version": "0",
                "id": execution,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": names.ACCOUNT,
                "time": at,
                "region": names.REGION,
                "resources": [schedule.arn],
                "detail": "{}",
            }
        ).encode()
    placeholders = {
        "<aws.scheduler.scheduled-time>": at,
        "<aws.scheduler.schedule-arn>": schedule.arn,
        "<aws.scheduler.execution-id>": execution,
        "<aws.scheduler.attempt-number>": str(attempt),
    }
    text = schedule.input
    for placeholder, value in placeholders.items():
        text = text.replace(placeholder, value)
    return text.encode()


def _failed_record(function: Function, event: bytes, attempts: int, result: InvokeResult) -> dict[str, Any]:
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": f"{names.ARNS['AWS::Lambda::Function'].format(function.logical_id)}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(event),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": result.function_error},
        "responsePayload": json.loads(result.payload or b"null"),
    }
