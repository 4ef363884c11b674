"""What happens to the records of a batch that fails, as Lambda's guide says."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from infra.local import stream_batch
from infra.local.sandbox import InvokeResult
from infra.local.stream_batch import Discarded, Policy, Record

DONE = InvokeResult(payload=b'{"batchItemFailures": []}')
CRASHED = InvokeResult(payload=b'{"errorType": "ValueError"}', function_error="Unhandled")
BORN = 1_000_000.0


def record(number: int) -> dict[str, Any]:
    return {"dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": BORN + number}}


def reported(*numbers: int) -> InvokeResult:
    entries = [{"itemIdentifier": str(number)} for number in numbers]
    return InvokeResult(payload=json.dumps({"batchItemFailures": entries}).encode())


class Consumer:
    """Answers each call by a rule and keeps what it was called with."""

    def __init__(self, rule: Callable[[list[int], int], InvokeResult]) -> None:
        self.rule = rule
        self.calls: list[list[int]] = []
        self.lost: list[tuple[list[int], str]] = []

    def read(self, count: int, *, now: float = BORN, **policy: Any) -> None:
        chosen = Policy(**{"retries": 3, "oldest_seconds": -1, "bisects": False, "reports": True, **policy})
        assert stream_batch.run(
            [record(number) for number in range(count)],
            chosen,
            call=self._call,
            discard=self._discard,
            pause=lambda _: True,
            now=lambda: now,
        )

    def _call(self, records: Sequence[Record]) -> InvokeResult:
        self.calls.append([int(stream_batch.sequence(entry)) for entry in records])
        return self.rule(self.calls[-1], len(self.calls))

    def _discard(self, given_up: Discarded) -> None:
        numbers = [int(stream_batch.sequence(entry)) for entry in given_up.batch.records]
        self.lost.append((numbers, given_up.condition))


def test_everything_from_the_lowest_reported_record_runs_again() -> None:
    consumer = Consumer(lambda _, call: reported(4, 2) if call == 1 else DONE)
    consumer.read(6)
    assert consumer.calls == [[0, 1, 2, 3, 4, 5], [2, 3, 4, 5]]
    assert consumer.lost == []


def test_a_report_means_nothing_unless_the_mapping_asks_for_it() -> None:
    consumer = Consumer(lambda _, __: reported(2))
    consumer.read(4, reports=False)
    assert consumer.calls == [[0, 1, 2, 3]]


@pytest.mark.parametrize("payload", [b"", b"null", b"{}", b'{"batchItemFailures": null}', b'"fine"', b"[]"])
def test_an_answer_without_a_list_is_success(payload: bytes) -> None:
    consumer = Consumer(lambda _, __: InvokeResult(payload=payload))
    consumer.read(2)
    assert len(consumer.calls) == 1


@pytest.mark.parametrize(
    "entry", ['{"itemIdentifier": ""}', '{"itemIdentifier": null}', '{"id": "1"}', '{"itemIdentifier": "99"}', "1"]
)
def test_an_entry_that_names_nothing_in_the_batch_fails_all_of_it(entry: str) -> None:
    malformed = InvokeResult(payload=f'{{"batchItemFailures": [{{"itemIdentifier": "1"}}, {entry}]}}'.encode())
    consumer = Consumer(lambda _, call: malformed if call == 1 else DONE)
    consumer.read(3)
    assert consumer.calls == [[0, 1, 2], [0, 1, 2]]


def test_a_crash_runs_the_whole_batch_again() -> None:
    consumer = Consumer(lambda _, call: CRASHED if call < 3 else DONE)
    consumer.read(3)
    assert consumer.calls == [[0, 1, 2]] * 3


def test_after_the_retry_limit_the_batch_is_given_up_whole() -> None:
    consumer = Consumer(lambda _, __: CRASHED)
    consumer.read(3, retries=2)
    assert len(consumer.calls) == 3
    assert consumer.lost == [([0, 1, 2], "RetryAttemptsExhausted")]


def test_without_a_retry_limit_nothing_is_given_up() -> None:
    consumer = Consumer(lambda _, call: CRASHED if call < 50 else DONE)
    consumer.read(3, retries=-1)
    assert len(consumer.calls) == 50
    assert consumer.lost == []


@pytest.mark.parametrize("poison", range(7))
def test_bisecting_gives_up_the_poison_alone_and_keeps_the_order(poison: int) -> None:
    consumer = Consumer(lambda numbers, _: CRASHED if poison in numbers else DONE)
    consumer.read(7, retries=2, bisects=True)
    assert consumer.lost == [([poison], "RetryAttemptsExhausted")]
    done = [number for numbers in consumer.calls if poison not in numbers for number in numbers]
    assert done == [number for number in range(7) if number != poison]
    assert consumer.calls.count([poison]) == 3


@pytest.mark.parametrize("poison", range(7))
def test_a_reported_poison_is_given_up_alone_too(poison: int) -> None:
    consumer = Consumer(lambda numbers, _: reported(poison) if poison in numbers else DONE)
    consumer.read(7, retries=2, bisects=True)
    assert consumer.lost == [([poison], "RetryAttemptsExhausted")]


def test_records_that_are_too_old_are_given_up_before_the_call() -> None:
    consumer = Consumer(lambda _, __: DONE)
    consumer.read(5, oldest_seconds=60, now=BORN + 62)
    assert consumer.lost == [([0, 1], "MaximumRecordAgeExceeded")]
    assert consumer.calls == [[2, 3, 4]]
