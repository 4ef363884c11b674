"""A small cloud around the real handlers: stream, queues, schedules and SES's reports over tables in memory.

What is wired to what is read from template.yaml (wires.py). Time stands where `now` says; nothing happens unless it is
asked for, so the same calls always give the same history.
"""

from __future__ import annotations

import importlib
import json
import logging
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from botocore.client import BaseClient

from crm.access import roster
from crm.core import clock
from crm.core.lease import Lease
from tests.support import rights
from tests.support.faults import Crash
from tests.support.flow import FIRST_SEQUENCE_NUMBER
from tests.support.memory import Memory
from tests.support.memory_world import QUEUES, called, forget_memories, in_memory
from tests.support.post import Mail, Post, event
from tests.support.wires import (
    CONSUMERS,
    Key,
    Letter,
    Trigger,
    next_time,
    passes,
    queue_event,
    record,
    schedules,
    trigger_of,
)
from tests.support.world import SETTINGS, Api, Context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


_LAST_BATCH = 10_000
_TICK_TRIES = 3


@dataclass
class Cloud:
    """Queues by the names of CONSUMERS. `report(mail)` says which events SES sends for a mail, and how much later."""

    now: datetime
    memory: Memory = field(default_factory=Memory)
    post: Post = field(default_factory=Post)
    queues: dict[str, list[Letter]] = field(default_factory=lambda: {name: [] for name in CONSUMERS})
    dead: list[tuple[str, str]] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    calling: str = ""
    intercept: Callable[[str, dict[str, Any], Callable[[], Any]], Any] = lambda _operation, _parameters, forward: (
        forward()
    )
    report: Callable[[Mail], list[tuple[timedelta, str]]] = lambda mail: [
        (timedelta(seconds=1), event(mail, "Send")),
        (timedelta(seconds=5), event(mail, "Delivery")),
    ]
    _stream: dict[Key, str] = field(default_factory=dict)
    _fired_until: datetime | None = None
    _numbers: int = 0

    @contextmanager
    def running(self) -> Iterator[Cloud]:
        """AWS is this, and the time what `now` says, within."""
        with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
            stack.enter_context(in_memory(patch, memory=self.memory, post=self.post))
            self.memory.on_change, self.memory.on_send = self._changed, self._sent
            self.memory.others["SendEmail"] = self._take

            one_at_a_time = threading.RLock()

            def atomic(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
                rights.note_rare(client, operation, parameters)
                # A function may call from several threads.
                with one_at_a_time:
                    return called(self.memory, client, operation, parameters)

            def answer(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
                return self.intercept(operation, parameters, lambda: atomic(client, operation, parameters))

            stack.enter_context(mock.patch.object(BaseClient, "_make_api_call", answer))
            patch.setattr(clock, "now", lambda: self.now)
            # Hundreds of thousands of lines that nobody reads.
            patch.setenv("POWERTOOLS_METRICS_DISABLED", "true")
            stack.callback(logging.disable, logging.root.manager.disable)
            logging.disable(logging.CRITICAL)
            yield self

    @property
    def api(self) -> Api:
        """The staff API."""
        return Api()

    # -- time

    def due(self) -> list[tuple[str, dict[str, str]]]:
        """What the schedules that were due since the last time call, once each, and with what."""
        since, self._fired_until = self._fired_until or self.now - timedelta(minutes=15), self.now
        found = ((handler, next_time(times, since, self.now)) for handler, times in schedules())
        return [(handler, {"scheduled_at": moment.isoformat()}) for handler, moment in found if moment]

    def fire(self) -> None:
        """Every schedule that was due since the last time fires; a tick that dies is called again, as Lambda does."""
        for handler, payload in self.due():
            for _ in range(_TICK_TRIES):
                try:
                    self.call(handler, payload)
                except Crash:
                    self.met["tick died"] += 1
                    continue
                break

    def restore(self, other: Cloud) -> None:
        """Be as another cloud was: its tables, its time, nothing under way, functions that have just been deployed."""
        self.now, self._fired_until = other.now, other._fired_until
        self.memory.restore(other.memory)
        self.post.accepted, self.post.refusals = list(other.post.accepted), []
        self.queues = {name: [] for name in CONSUMERS}
        self.dead, self.met, self._stream = [], Counter(), {}
        forget_memories()
        # Of another shop, whose time may have been later: it would never be too old.
        roster.forget()
        Lease.forget_all()

    def settle(self) -> None:
        """Work off stream and queues until nothing is left that can be received now."""
        for _ in range(_LAST_BATCH):
            busy = [self.project(), *map(self.receive, CONSUMERS)]
            if not any(busy):
                return
        raise AssertionError("the work does not come to an end")

    def wait(self, **span: float) -> Cloud:
        """Move the clock on."""
        self.now += timedelta(**span)
        return self

    def live(self, *, until: datetime, step: timedelta = timedelta(minutes=15)) -> None:
        """Schedules fire and work is done, step by step."""
        while self.now < until:
            self.now = min(self.now + step, until)
            self.fire()
            self.settle()

    # -- functions

    def call(self, handler: str, payload: Any) -> Any:
        """Call the function of functions/handlers/<handler>.py. Raises what it raises, and Crash."""
        self.met[handler] += 1
        self.calling = handler
        return importlib.import_module(f"handlers.{handler}").handler(payload, Context())

    def receive(self, queue: str, *, most: int | None = None) -> bool:
        """One batch of a queue goes to its function; False when nothing can be received now.

        What failed, or was in the hands of a function that died, is hidden for a while and then comes again.
        """
        trigger = trigger_of(CONSUMERS[queue])
        letters = [letter for letter in self.queues[queue] if letter.visible_at <= self.now][: most or trigger.batch]
        if not letters:
            return False
        self._hide(queue, letters, trigger)
        try:
            answer = self.call(CONSUMERS[queue], queue_event(letters))
        except Crash:
            self.met["function died"] += 1
            return True
        failed = {one["itemIdentifier"] for one in (answer or {}).get("batchItemFailures", [])}
        done = {letter.number for letter in letters if str(letter.number) not in failed}
        self.queues[queue] = [letter for letter in self.queues[queue] if letter.number not in done]
        return True

    def project(self) -> bool:
        """One batch of the stream goes to the projector; False when there is none. What failed comes again."""
        if not self._stream:
            return False
        batch = list(self._stream.items())[: trigger_of("projector").batch]
        for key, _ in batch:
            del self._stream[key]
        try:
            answer = self.call("projector", {"Records": [record(number, *one) for number, one in enumerate(batch)]})
        except Crash:
            self.met["function died"] += 1
            self._stream = dict(batch) | self._stream
            return True
        for failure in answer["batchItemFailures"]:
            key, change = batch[int(failure["itemIdentifier"]) - FIRST_SEQUENCE_NUMBER]
            self._stream.setdefault(key, change)
        return True

    def send(self, queue: str, body: str, *, seconds: float = 0) -> None:
        """Put a message into a queue."""
        self._numbers += 1
        self.queues[queue].append(Letter(self._numbers, body, self.now + timedelta(seconds=seconds)))

    def items(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Plain items of the truth, of one `entity` or all, in the order of their keys."""
        from crm.core import table  # noqa: PLC0415 - a pure function of the product

        found = [table.from_item(item) for _, item in sorted(self.memory.tables[SETTINGS["CRM_TABLE"]].items())]
        return [item for item in found if kind is None or item.get("entity") == kind]

    # -- wires

    def _take(self, parameters: dict[str, Any]) -> Any:
        answer = self.post.take(parameters)
        for later, body in self.report(self.post.accepted[-1]):
            self.send("reports", body, seconds=later.total_seconds())
        return answer

    def _sent(self, url: str, body: str, seconds: int) -> None:
        (name,) = [name for name, known in QUEUES.items() if known == url]
        self.send(name, body, seconds=seconds)

    def _changed(self, table: str, key: Key, existed: bool, exists: bool) -> None:
        change = "REMOVE" if not exists else ("MODIFY" if existed else "INSERT")
        if table == SETTINGS["CRM_TABLE"] and passes(key[1].partition("#")[0], "#" in key[1], change):
            self._stream.pop(key, None)
            self._stream[key] = change

    def _hide(self, queue: str, letters: Iterable[Letter], trigger: Trigger) -> None:
        for letter in letters:
            letter.receipts += 1
            letter.visible_at = self.now + timedelta(seconds=trigger.hidden)
            if letter.receipts > trigger.receipts:
                self.queues[queue].remove(letter)
                self.dead.append((queue, letter.body))


def at(instant: str) -> datetime:
    """An instant such as 2027-01-01T04:00Z."""
    return datetime.fromisoformat(instant).astimezone(UTC)


def mail_states(cloud: Cloud) -> dict[str, str]:
    """The state of every message by its public key."""
    from crm.mail import orders  # noqa: PLC0415 - a pure function of the product

    return {orders.of_item(item).key: str(item["state"]) for item in cloud.items("message")}


def printed(document: Any) -> str:
    """A JSON-like document in one order."""
    return json.dumps(document, sort_keys=True, default=str)
