"""One seeded history of a small shop: changes, projectors, jobs and days interleaved call by call.

Workers die, are refused, and lose answers. When nothing is left to do, the views must equal a recount.
"""

from __future__ import annotations

import json
import random
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.exceptions import ConnectionClosedError

from crm.segments import asking
from crm.views import reading
from tests.support import memory
from tests.support.faults import Crash
from tests.support.schedule import Schedule
from tests.views.history import QUEUE, History

if TYPE_CHECKING:
    from botocore.client import BaseClient

# What happens, and how often; and seasons in which the rules change most, or time passes most.
_ALL_SORTS = {
    "put": 45,
    "delete": 10,
    "erase": 3,
    "poison": 4,
    "remind": 4,
    "group": 12,
    "static": 3,
    "pick": 8,
    "rule": 12,
    "ungroup": 6,
    "day": 14,
}
_OF_RULES = {"put": 20, "delete": 3, "group": 25, "static": 3, "pick": 5, "rule": 30, "ungroup": 8, "day": 6}
_OF_TIME = {"put": 30, "delete": 5, "erase": 2, "group": 20, "rule": 8, "day": 35}
SEASONS = (_ALL_SORTS, _ALL_SORTS, _OF_RULES, _OF_TIME)


@dataclass
class Shop:
    """The world of one schedule."""

    seed: int
    changes: int = 15
    faults: int = 6
    injected: dict[str, int] = field(default_factory=dict)
    out: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - a schedule, not a secret
        self.history = History(random.Random(self.seed))  # noqa: S311
        self.schedule = Schedule(self.draw, self._answer)
        self.faults_left = self.faults
        self.chance = self.draw.choice((0.015, 0.03, 0.06))
        self.season = SEASONS[self.seed % len(SEASONS)]
        self.days_after = 2 if self.season is _OF_TIME else 0
        self.loses, self.lost = self.seed % 8 == 0, 0
        self.has_lost = False
        self.mended_by = random.Random(f"mended {self.seed}").choice(("rebuild", "reconcile"))  # noqa: S311
        self.history.weekly = self.seed % 16 == 3

    def run(self) -> int:
        """Run to the end and compare. Gives the number of AWS calls. Raises AssertionError."""
        self.schedule.add("clerk", self._clerk)
        for number in range(3):
            self.schedule.add(f"projector {number}", self._projector)
        for number in range(2):
            self.schedule.add(f"job {number}", self._job)
        self.schedule.add("upkeep", self._upkeep)
        with ExitStack() as stack:
            pages, most_writes = self.draw.choice((1, 2, 50)), self.draw.choice((5, 6, 90))
            stack.enter_context(self.history.lived_in(pages=pages, most_writes=most_writes))
            stack.enter_context(self.schedule.hooked())
            # Each worker is a process of its own.
            stack.enter_context(mock.patch.object(reading, "_Known", _Rules()))
            stack.enter_context(mock.patch.object(asking, "_Known", _Criteria()))
            self.schedule.run(finished=self._is_drained)
            self.faults_left = 0
            self.out.clear()
            self.history.require_no_drift()
        assert self.has_lost or not any(self.history.told), f"told as drift, though only late: {self.history.told}"
        return self.schedule.steps

    # -- who works

    def _clerk(self) -> bool:
        if self.changes <= 0:
            return self.history.mend()
        self.changes -= 1
        self.history.act(self.draw.choices(list(self.season), weights=list(self.season.values()))[0])
        return True

    def _projector(self) -> bool:
        pending = self.history.pending
        if not pending:
            return False
        batch = self.draw.sample(pending, min(len(pending), self.draw.randint(1, 4)))
        for record in batch:
            pending.remove(record)
        if self.loses and self.draw.random() < 0.15 and all(key[0].startswith("CUSTOMER#") for key, _ in batch):
            self.lost += 1
            self.has_lost = True
            return True
        if self.draw.random() < 0.1:
            pending.append(self.draw.choice(batch))
        again = batch
        with self.history.at_work(*batch):
            try:
                again = self.history.deliver(batch)
            finally:
                pending += again
        return True

    def _job(self) -> bool:
        self.history.let_later_ones_come()
        messages = self.history.memory.queues[QUEUE]
        if not messages:
            return False
        message = self.history.named(messages.pop(self.draw.randrange(len(messages))))
        if self.draw.random() < 0.1:
            messages.append(message)
        again = [message]
        with self.history.at_work():
            try:
                again = [] if self.history.do(message) else [message]
            finally:
                messages += again
        return True

    def _upkeep(self) -> bool:
        if self.history.ticked == self.history.today:
            return False
        with self.history.at_work():
            self.history.tick()
        return True

    def _is_drained(self) -> bool:
        history = self.history
        if history.later:
            return False
        if not history.pending and not history.memory.queues[QUEUE] and history.ticked == history.today:
            assert not history.in_work
            return not self._another_day_comes() and not self._are_lost_made_good()
        return False

    def _another_day_comes(self) -> bool:
        """When all is done one more day, so that what it leaves undone nothing else does."""
        comes = self.days_after > 0
        if comes:
            self.days_after -= 1
            self.history.act("day")
        return comes

    def _are_lost_made_good(self) -> bool:
        """Where batches were lost the views are built anew or reconciled, whatever they say by then."""
        if self.lost:
            self.lost = 0
            self.history.memory.queues[QUEUE].append(json.dumps({"job": self.mended_by}))
            return True
        return False

    # -- AWS, with faults

    def _answer(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        fault = self._fault(operation)
        if fault == "crash before":
            raise Crash(operation)
        if fault in {"throttled", "conflict"}:
            raise _refusal(fault, operation, parameters)
        if fault == "sent twice" and operation != "TransactWriteItems":
            self.history.call(client, operation, parameters)
        answer = self.history.call(client, operation, parameters)
        if fault == "crash after":
            raise Crash(operation)
        if fault == "answer lost":
            raise ConnectionClosedError(endpoint_url="https://lost.example")
        return answer

    def _fault(self, operation: str) -> str | None:
        worker = threading.current_thread().name
        if self.out.get(worker, 0) > 0:
            self.out[worker] -= 1
            return "throttled"
        if self.faults_left <= 0 or self.draw.random() > self.chance:
            return None
        self.faults_left -= 1
        kinds = ["crash before", "crash after", "answer lost", "sent twice", "throttled", "outage"]
        kind = self.draw.choice([*kinds, "conflict"] if operation == "TransactWriteItems" else kinds)
        self.injected[kind] = self.injected.get(kind, 0) + 1
        if kind == "outage":
            self.out[worker] = self.draw.randint(5, 30)
        return "throttled" if kind == "outage" else kind


class _Rules(threading.local):
    rules: Any = None


class _Criteria(threading.local):
    rules: Any = None
    criteria: Any = ()


def _refusal(fault: str, operation: str, parameters: dict[str, Any]) -> Exception:
    if fault == "throttled":
        return memory.error("ProvisionedThroughputExceededException", operation)
    reasons = [{"Code": "TransactionConflict"}, *[{"Code": "None"}] * (len(parameters["TransactItems"]) - 1)]
    return memory.error("TransactionCanceledException", operation, CancellationReasons=reasons)
