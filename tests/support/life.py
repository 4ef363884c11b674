"""One trial, lived from the beginning of its scenario to its end."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError

from crm.mail import ses
from tests.support import sites
from tests.support.cloud import Cloud
from tests.support.faults import MET, Crash
from tests.support.schedule import Schedule, Stopped
from tests.support.wires import CONSUMERS, Letter, queue_event, trigger_of
from tests.support.witness import Witness

if TYPE_CHECKING:
    from tests.support.trials import Trial

# Functions that other searches try: the API by its requests, the projector, the jobs and the upkeep by tests/views,
# the auditor by tests/audit, the console by its pages' tests, events on their way out by tests/webhooks, and the keys'
# rotation, which writes once, by tests/template/test_signing_key.py.
ELSEWHERE = frozenset(
    {"api", "auditor", "console", "key_authorizer", "public", "projector", "files", "jobs", "upkeep", "webhooks"}
    | {"rotation"}
)
_PIECES = 4_000
# Delays of seconds are not waited for.
_SOON = timedelta(minutes=1)
_MOST_DELIVERIES = 6


@dataclass
class Run:
    """What came of a trial: broken promises, and the sites of the calls in their order."""

    trial: Trial
    broken: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)


class Life:
    """Who works, who dies, and what comes again."""

    def __init__(self, cloud: Cloud, trial: Trial, note_sites: bool) -> None:
        self.cloud, self.trial, self.scenario = cloud, trial, trial.scenario
        self.outcome = Run(trial)
        self.note_sites = note_sites
        self.pieces: deque[tuple[str, Callable[[], bool], int]] = deque()
        self.calls = 0
        # Which of the two workers is in a function under test; each is a thread.
        self.me = threading.local()
        self.later: list[tuple[str, Callable[[], bool], int]] = []
        self.mails = 0
        self.times = deque(self.scenario.start + timedelta(minutes=minutes) for minutes in self.scenario.times)
        self.left = self.scenario.meanwhile
        self.witness = Witness(cloud, most=self.scenario.most)

    def live(self) -> Run:
        cloud, memory = self.cloud, self.cloud.memory
        before = memory.on_change, dict(memory.others), cloud.intercept, cloud.report
        memory.others["SendEmail"] = self._take
        self.witness.watch()
        cloud.intercept = self._call
        if self.scenario.events:
            cloud.report = self.scenario.events
        try:
            if self.trial.together:
                self._together()
            else:
                self._alone()
        finally:
            memory.on_change, memory.others, cloud.intercept, cloud.report = before
        self.outcome.broken = self.witness.ended(self.scenario.due(cloud))
        return self.outcome

    # -- who works

    def _alone(self) -> None:
        for _ in range(_PIECES):
            if not self._work() and not self._goes_on():
                return
        raise AssertionError("it does not come to an end")

    def _together(self) -> None:
        draw = random.Random(self.trial.seed)  # noqa: S311 - a schedule, not a secret
        schedule = Schedule(draw, self._answer)
        for name in ("one", "other"):
            schedule.add(name, self._work)
        with schedule.hooked():
            schedule.run(finished=lambda: not self._goes_on())

    def _answer(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return self.cloud.intercept(operation, parameters, partial(self.cloud.memory.call, operation, parameters))

    def _goes_on(self) -> bool:
        """What lies in the queues is delivered; when nothing does, time passes. False when it is over."""
        if self._letters():
            return True
        if not self.times:
            return False
        self.cloud.now = max(self.times.popleft(), self.cloud.now)
        for handler, payload in self.cloud.due():
            self._put(handler, partial(self._invoke, handler, payload))
        # Messages whose function died come again before the next tick or behind it.
        (self.pieces.extend if self.trial.seed % 2 else self.pieces.extendleft)(self.later)
        self.later = []
        waited = self.scenario.meanwhile_from
        if waited is not None and self.cloud.now >= self.scenario.start + timedelta(minutes=waited):
            self._interfere()
        return True

    def _interfere(self) -> None:
        if self.left:
            piece: tuple[str, Callable[[], bool], int] = ("meanwhile", partial(self._act, self.left), 1)
            (self.pieces.append if self.trial.seed % 2 else self.pieces.appendleft)(piece)
            self.left = None

    def _letters(self) -> bool:
        found = False
        for queue in CONSUMERS:
            soon = self.cloud.now + _SOON
            letters = [letter for letter in self.cloud.queues[queue] if letter.visible_at <= soon]
            self.cloud.queues[queue] = [letter for letter in self.cloud.queues[queue] if letter.visible_at > soon]
            for letter in letters:
                self._put(queue, partial(self._deliver, queue, letter))
                found = True
            if letters and queue == "mail" and self.scenario.meanwhile_from is None:
                self._interfere()
        return found

    def _put(self, name: str, piece: Callable[[], bool]) -> None:
        copies = 1 if name in ELSEWHERE else self.trial.deliveries
        self.pieces.extend((name, piece, 1) for _ in range(copies))

    def _work(self) -> bool:
        """One piece of work; what failed or died comes again, messages after a while. False when there is none."""
        if not self.pieces:
            return False
        self._do(*self.pieces.popleft())
        self._project()
        return True

    def _do(self, name: str, piece: Callable[[], bool], times: int) -> None:
        why = "it failed"
        try:
            done = piece()
        except Crash:
            done = False
        except Exception as error:  # noqa: BLE001 - as Lambda does: whatever a function raises, it is called again
            done, why = False, repr(error)
        if not done and times < _MOST_DELIVERIES:
            (self.later if name in CONSUMERS else self.pieces).append((name, piece, times + 1))
        elif not done:
            self.cloud.dead.append((name, why))

    def _invoke(self, handler: str, payload: Any) -> bool:
        self._under_test(handler, payload)
        return True

    def _deliver(self, queue: str, letter: Letter) -> bool:
        handler = CONSUMERS[queue]
        letter.receipts += 1
        assert trigger_of(handler).receipts
        answer = self._under_test(handler, queue_event([letter]))
        done = not (answer or {}).get("batchItemFailures")
        if done and queue == "reports":
            self.witness.reported(letter.body)
        return done

    def _under_test(self, handler: str, payload: Any) -> Any:
        was, self.me.counted = getattr(self.me, "counted", False), handler not in ELSEWHERE
        try:
            return self.cloud.call(handler, payload)
        finally:
            self.me.counted = was

    def _act(self, act: Callable[[Cloud], object]) -> bool:
        act(self.cloud)
        return True

    def _project(self) -> None:
        """The stream is followed at once; what happens when it is late is tried elsewhere."""
        was, self.me.counted = getattr(self.me, "counted", False), False
        try:
            while self.cloud.project():
                pass
        finally:
            self.me.counted = was

    # -- what happens to calls

    def _call(self, operation: str, parameters: dict[str, Any], forward: Callable[[], Any]) -> Any:
        if not getattr(self.me, "counted", False):
            return forward()
        self.calls += 1
        if self.note_sites:
            self.outcome.sites.append(sites.running(operation) or f"? {operation}")
        if self.calls != self.trial.call:
            return self._own_errors_seen(forward)
        MET[f"generated: {self.trial.kind} a call"] += 1
        if self.trial.kind == "before":
            raise Crash(str(self.trial))
        answer = forward()
        if self.trial.kind == "after":
            raise Crash(str(self.trial))
        for _ in range(_repeats(operation)):
            forward()
        del answer
        raise ConnectionClosedError(endpoint_url="https://lost.example")

    def _take(self, parameters: dict[str, Any]) -> Any:
        self.mails += 1
        if self.scenario.answers:
            self.scenario.answers(self.mails)
        answer = self.cloud.post.take(parameters)
        for later, body in self.cloud.report(self.cloud.post.accepted[-1]):
            if not self.trial.reports_inside or later > _SOON:
                self.cloud.send("reports", body, seconds=later.total_seconds())
                continue
            letter = Letter(0, body, self.cloud.now)
            # SES may report before it answers: another function writes it down meanwhile.
            self._put("reports", partial(self._deliver, "reports", letter))
            if not self.trial.together:
                self._work_reports()
        return answer

    def _work_reports(self) -> None:
        for _ in range(self.trial.deliveries):
            self._do(*self.pieces.pop())

    def _own_errors_seen(self, forward: Callable[[], Any]) -> Any:
        """A mistake in the harness must not pass for a failing function."""
        try:
            return forward()
        except (Crash, Stopped, ClientError, BotoCoreError):
            raise
        except BaseException as mistake:
            self.witness.broken.append(f"the harness failed: {mistake!r}")
            raise


def _repeats(operation: str) -> int:
    """How often the SDK calls SES again by itself when no answer comes; here everything else may be repeated."""
    if operation != "SendEmail":
        return 0
    retries: dict[str, int] = getattr(ses.client().meta.config, "retries", None) or {}
    return int(retries.get("total_max_attempts", retries.get("max_attempts", 4) + 1)) - 1
