"""Counts what a piece of code costs at AWS: round trips, and DynamoDB's read and write units.

So it is asked:

    with metered() as cost:
        due.tick(…)
    assert cost.round_trips == 3
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore import endpoint

from crm.core import beside
from crm.core.channel import Answer, Channel
from crm.core.direct import DYNAMODB, SSM
from tests.support import units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Cost:
    """`read_units` and `write_units` of DynamoDB; `calls` counts requests that went out, retries too, by operation.

    What a filter leaves out is not in `read_units`: nobody here has seen how large it is.
    `beside`: those of threads which the metered one started, such as the look at the views' mark; nobody waits for them
    while they take no longer than what is waited for. Their units are counted like all others.
    `longest`: how many of these were waited for one after the other, at most: those of one task given to a thread.
    `written`: the units of transactions by what their items' partitions begin with (`STATE`, `TOTAL`).
    """

    read_units: float = 0
    write_units: float = 0
    calls: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)
    by_task: Counter[object] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)

    @property
    def round_trips(self) -> int:
        """How many answers were waited for, one after the other."""
        return self.calls.total()

    @property
    def longest(self) -> int:
        """How many answers a task beside has waited for, at most."""
        return max(self.by_task.values(), default=0)

    def add(self, other: Cost) -> None:
        """Count another piece of code as well."""
        self.read_units += other.read_units
        self.write_units += other.write_units
        self.calls += other.calls
        self.beside += other.beside
        self.by_task += other.by_task
        self.written += other.written

    def figures(self) -> tuple[float, float, int]:
        """Read units, write units, round trips."""
        return self.read_units, self.write_units, self.round_trips


class _Meter:
    """Counts what a thread and those that it starts ask for."""

    def __init__(self) -> None:
        self.cost = Cost()
        self._me = threading.current_thread()
        self._helpers = set[threading.Thread]()

    def follow(self, started: threading.Thread) -> None:
        """Count what a thread asks for, if one that is counted starts it."""
        if self._place() is not None:
            self._helpers.add(started)

    def following(self, action: Callable[[], Any]) -> Callable[[], Any]:
        """Count what a thread that is kept asks for by this action, if one that is counted has it do that."""
        if self._place() is None:
            return action

        def followed() -> Any:
            _DOING.task, here = object(), threading.current_thread()
            self._helpers.add(here)
            try:
                return action()
            finally:
                self._helpers.discard(here)

        return followed

    def note(self, service: str, operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        place = self._place()
        if place is not None:
            place[operation] += 1
            if place is self.cost.beside:
                self.cost.by_task[getattr(_DOING, "task", threading.current_thread())] += 1
            if service == "dynamodb":
                _add(self.cost, operation, asked, answer)

    def _place(self) -> Counter[str] | None:
        asking = threading.current_thread()
        if asking is self._me:
            return self.cost.calls
        return self.cost.beside if asking in self._helpers else None


_METERS: list[_Meter] = []
_DOING = threading.local()


def note(service: str, operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
    """Tell the meters of a call that never becomes a request: it was answered in memory."""
    for meter in _METERS:
        meter.note(service, operation, asked, answer)


@contextmanager
def metered() -> Iterator[Cost]:
    """Counts everything that this thread asks of AWS meanwhile, and the threads that it starts."""
    meter, answers = _Meter(), threading.local()
    real_start, real_submit, real_given = threading.Thread.start, ThreadPoolExecutor.submit, beside._given
    real_exchange, real_read = endpoint.Endpoint._do_get_response, endpoint.convert_to_response_dict  # type: ignore[attr-defined]

    def start(self: threading.Thread) -> None:
        meter.follow(self)
        real_start(self)

    def submit(self: ThreadPoolExecutor, action: Any, /, *given: Any, **named: Any) -> Any:
        # A thread that is idle takes the next task, too.
        def done(*args: Any, **kwargs: Any) -> Any:
            _DOING.task = object()
            return action(*args, **kwargs)

        return real_submit(self, done, *given, **named)

    def given(action: Callable[[], Any]) -> Any:
        return real_given(meter.following(action))

    def read(response: Any, operation: Any) -> Any:
        answers.body = response.content
        return real_read(response, operation)

    def exchange(self: Any, request: Any, operation: Any, context: Any) -> Any:
        answers.body = b""
        found = real_exchange(self, request, operation, context)
        if (service := operation.service_model.service_name) == "dynamodb":
            meter.note(service, operation.name, _document(request.body), _document(answers.body))
        else:
            meter.note(service, operation.name, {}, {})
        return found

    _METERS.append(meter)
    try:
        with (
            mock.patch.object(threading.Thread, "start", start),
            mock.patch.object(ThreadPoolExecutor, "submit", submit),
            mock.patch.object(beside, "_given", given),
            mock.patch.object(Channel, "post", _noted_by(meter, Channel.post)),
            mock.patch.object(endpoint.Endpoint, "_do_get_response", exchange),
            mock.patch.object(endpoint, "convert_to_response_dict", read),
        ):
            yield meter.cost
    finally:
        _METERS.remove(meter)


def _noted_by(meter: _Meter, real: Callable[[Channel, dict[str, str], bytes], Answer]) -> Any:
    """Posts, and tells the meter of what was answered."""

    def post(channel: Channel, headers: dict[str, str], body: bytes) -> Answer:
        found = real(channel, headers, body)
        service, operation = _named(headers["x-amz-target"])
        # Anything else botocore meets, too, as what its own first try has met.
        if found.status == HTTPStatus.OK:
            meter.note(service, operation, _document(body), _document(found.body))
        return found

    return post


def _named(target: str) -> tuple[str, str]:
    """Service and operation."""
    prefix, _, operation = target.partition(".")
    return ("dynamodb" if prefix == DYNAMODB.target else SSM.name), operation


def _document(body: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body) if body else {}
    return found


def _add(cost: Cost, operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
    consistent = bool(asked.get("ConsistentRead"))
    match operation:
        case "GetItem":
            cost.read_units += units.read([answer.get("Item", {})], consistent=consistent)
        case "Query" | "Scan":
            cost.read_units += units.read(answer.get("Items", []), consistent=consistent)
        case "BatchGetItem":
            cost.read_units += sum(units.read([item], consistent=how) for item, how in units.batch_read(asked, answer))
        case _:
            cost.write_units += units.written(operation, asked)
    if operation == "TransactWriteItems":
        cost.written += units.by_partition(asked)
