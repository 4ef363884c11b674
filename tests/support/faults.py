"""Faults between our code and AWS: crashes, lost answers and refusals at a chosen call.

Everything hooks `botocore.client.BaseClient._make_api_call`, through which boto3 clients and PynamoDB both go, on
moto and on the local engine alike. A crash is a BaseException, so no handler can take it for an error of its own.

    for crash in crash_points():            # before call 1, after call 1, before call 2, … until none is left
        shop = a_fresh_world()
        with crash:
            handler(event, context)         # dies at the point; the exception goes no further
        handler(event, context)             # delivered again
        assert shop.is_right()

    with refusing("TransactWriteItems", error=conflict(), times=2) as faults: …
    with losing_answer(at=3): …             # the call happens, the caller sees a broken connection
    with recording() as calls: …            # calls == ["GetItem", "TransactWriteItems"]
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.support import unwritten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

MOST_CALLS = 500
MET: Counter[str] = Counter()
"""How often each kind of fault was met so far; `tests.support.tally` adds them up for the end of a run."""


class Crash(BaseException):
    """The process died here."""


@dataclass
class CrashPoint:
    """A context in which the process dies before or after its k-th AWS call; `reached` says whether it came so far."""

    call: int
    where: str  # "before" | "after"
    operations: Collection[str] | None = None
    reached: bool = False
    calls: list[str] = field(default_factory=list)
    _patch: Any = None

    def __str__(self) -> str:
        return f"{self.where} call {self.call}"

    def __enter__(self) -> CrashPoint:
        self._patch = _patched(self._call)
        self._patch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._patch.stop()
        return kind is Crash

    def _call(self, forward: Callable[[], Any], operation: str, _: dict[str, Any]) -> Any:
        if self.operations is not None and operation not in self.operations:
            return forward()
        self.calls.append(operation)
        here = len(self.calls) == self.call
        self.reached |= here
        MET[f"crash {self.where} a call"] += here
        if here and self.where == "before":
            raise Crash(str(self))
        answer = forward()
        if here:
            raise Crash(str(self))
        return answer


def crash_points(*, operations: Collection[str] | None = None, first: int = 1, every: int = 1) -> Iterator[CrashPoint]:
    """Every point before and after every AWS call that the body of the loop makes inside `with point:`.

    Ends after the first body that finished without reaching its point. With `operations` only those are counted. Of
    very many calls a quick run takes only `every` second, third … one.
    """
    for call in range(first, MOST_CALLS, every):
        for where in ("before", "after"):
            point = CrashPoint(call, where, operations)
            yield point
            if not point.reached:
                return
    raise AssertionError(f"more than {MOST_CALLS} calls: does it end at all?")


@contextmanager
def interrupted(*, at: int, by: Callable[[], object]) -> Iterator[list[str]]:
    """Just before the k-th call somebody else runs `by` to its end, once. Gives the list of calls made."""
    calls: list[str] = []

    def call(forward: Callable[[], Any], operation: str, _: dict[str, Any]) -> Any:
        calls.append(operation)
        if len(calls) == at:
            MET["another process in between"] += 1
            inner.stop()
            by()
            inner.start()
        return forward()

    inner = _patched(call)
    inner.start()
    try:
        yield calls
    finally:
        inner.stop()


@contextmanager
def recording() -> Iterator[list[str]]:
    """The names of the AWS operations that are called, in order."""
    calls: list[str] = []

    def call(forward: Callable[[], Any], operation: str, _: dict[str, Any]) -> Any:
        calls.append(operation)
        return forward()

    with _patched(call):
        yield calls


@contextmanager
def losing_answer(*, at: int = 1, operations: Collection[str] | None = None) -> Iterator[list[str]]:
    """The k-th call happens, but its caller gets a broken connection. Gives the list of calls made."""
    calls: list[str] = []

    def call(forward: Callable[[], Any], operation: str, _: dict[str, Any]) -> Any:
        answer = forward()
        if operations is None or operation in operations:
            calls.append(operation)
            if len(calls) == at:
                MET["answer lost"] += 1
                unwritten.lost(operation)
                raise ConnectionClosedError(endpoint_url="https://lost.example")
        return answer

    with _patched(call):
        yield calls


@contextmanager
def sending_again(*, at: int = 1, operations: Collection[str] | None = None) -> Iterator[list[str]]:
    """The k-th call happens twice: its answer was lost, and the client sent it again by itself, as botocore does.

    So the caller knows of nothing, and gets the second answer. Gives the list of calls made.
    """
    calls: list[str] = []

    def call(forward: Callable[[], Any], operation: str, _: dict[str, Any]) -> Any:
        if operations is None or operation in operations:
            calls.append(operation)
            if len(calls) == at:
                MET["call sent again by its client"] += 1
                forward()
        return forward()

    with _patched(call):
        yield calls


@contextmanager
def refusing(
    *operations: str,
    error: Exception,
    times: int | None = None,
    when: Callable[[dict[str, Any]], bool] = lambda _: True,
) -> Iterator[list[str]]:
    """These operations fail with `error` (the first `times`; None: always), without happening.

    `when` chooses by the call's parameters. Gives the list of refused calls. No operations named means every call.
    """
    refused: list[str] = []

    def call(forward: Callable[[], Any], operation: str, parameters: dict[str, Any]) -> Any:
        chosen = (not operations or operation in operations) and when(parameters)
        if chosen and (times is None or len(refused) < times):
            refused.append(operation)
            MET["call refused"] += 1
            raise error
        return forward()

    with _patched(call):
        yield refused


def throttled(operation: str = "PutItem") -> ClientError:
    """What DynamoDB answers when it is asked too much."""
    return _client_error("ProvisionedThroughputExceededException", operation, 400)


def down(operation: str = "PutItem") -> ClientError:
    """What DynamoDB answers when it is not well."""
    return _client_error("ServiceUnavailable", operation, 503)


def conflict(*, items: int = 1) -> ClientError:
    """A transaction cancelled because another one held the first of its items."""
    first = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    reasons = [first, *[{"Code": "None"}] * (items - 1)]
    return _client_error("TransactionCanceledException", "TransactWriteItems", 400, CancellationReasons=reasons)


def _client_error(code: str, operation: str, status: int, **more: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": f"{code} (injected)"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "injected", "RetryAttempts": 0},
        **more,
    }
    return ClientError(response, operation)


def _patched(call: Callable[[Callable[[], Any], str, dict[str, Any]], Any]) -> Any:
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def make(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return call(lambda: real(client, operation, parameters), operation, parameters)

    return mock.patch.object(BaseClient, "_make_api_call", make)
