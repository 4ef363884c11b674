"""A batch of stream records on its way through retries, as an event source mapping's properties demand.

Source: Lambda's guide, "Process DynamoDB records with Lambda" (partial responses, bisecting, retry limits, discarded
records). Where it is silent: a report that names the very first record counts as a failure of the whole batch.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from infra.local import batch_report
from infra.local.sandbox import InvokeResult

Record = Mapping[str, Any]
NO_RESULT = InvokeResult(payload=b"")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How a mapping treats failures; `retries` −1 is for ever, `oldest_seconds` −1 any age."""

    retries: int
    oldest_seconds: float
    bisects: bool
    reports: bool

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Policy:
        """Read it from the properties of AWS::Lambda::EventSourceMapping."""
        return cls(
            retries=int(properties.get("MaximumRetryAttempts", -1)),
            oldest_seconds=float(properties.get("MaximumRecordAgeInSeconds", -1)),
            bisects=bool(properties.get("BisectBatchOnFunctionError", False)),
            reports="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
        )


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Records that are called together, and how often they were."""

    records: Sequence[Record]
    calls: int = 0


@dataclass(frozen=True, kw_only=True)
class Discarded:
    """Records that are given up, with the reason that the on-failure record states."""

    batch: Batch
    condition: str
    result: InvokeResult = NO_RESULT


def sequence(record: Record) -> str:
    """Return a record's sequence number."""
    return str(record["dynamodb"]["SequenceNumber"])


def run(
    records: Sequence[Record],
    policy: Policy,
    *,
    call: Callable[[Sequence[Record]], InvokeResult],
    discard: Callable[[Discarded], None],
    pause: Callable[[int], bool],
    now: Callable[[], float],
) -> bool:
    """Call until every record is done or discarded; in order. False if `pause(calls)` said to stop before that."""
    waiting = [Batch(records=records)]
    while waiting:
        batch = _without_expired(waiting.pop(0), policy, discard, now())
        if not batch.records:
            continue
        if batch.calls and not pause(batch.calls):
            return False
        result = call(batch.records)
        waiting[:0] = _left(replace(batch, calls=batch.calls + 1), result, policy, discard)
    return True


def _left(batch: Batch, result: InvokeResult, policy: Policy, discard: Callable[[Discarded], None]) -> list[Batch]:
    names = [sequence(record) for record in batch.records]
    failures = batch_report.failed(result, names, reports=policy.reports)
    if not failures:
        return []
    # In place, not in value: everything from the lowest failure on runs again, what stands before is done.
    first = min(names.index(name) for name in failures)
    rest = replace(batch, records=batch.records[first:])
    if first == 0 and policy.bisects and len(rest.records) > 1:
        # Splitting does not count as a try.
        half = len(rest.records) // 2
        tries = rest.calls - 1
        return [Batch(records=part, calls=tries) for part in (rest.records[:half], rest.records[half:])]
    if policy.retries >= 0 and rest.calls > policy.retries:
        discard(Discarded(batch=rest, condition="RetryAttemptsExhausted", result=result))
        return []
    return [rest]


def _without_expired(batch: Batch, policy: Policy, discard: Callable[[Discarded], None], now: float) -> Batch:
    if policy.oldest_seconds < 0:
        return batch
    born = now - policy.oldest_seconds
    old = [record for record in batch.records if record["dynamodb"]["ApproximateCreationDateTime"] < born]
    if not old:
        return batch
    discard(Discarded(batch=replace(batch, records=old), condition="MaximumRecordAgeExceeded"))
    return replace(batch, records=batch.records[len(old) :])


def on_failure_record(given_up: Discarded, *, function_arn: str, stream_arn: str, shard: str) -> dict[str, Any]:
    """Return what Lambda tells an on-failure destination; a bucket gets the records beside it, as `payload`."""
    records = given_up.batch.records
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function_arn,
            "condition": given_up.condition,
            "approximateInvokeCount": given_up.batch.calls,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": given_up.result.function_error,
        },
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": sequence(records[0]),
            "endSequenceNumber": sequence(records[-1]),
            "approximateArrivalOfFirstRecord": _arrival(records[0]),
            "approximateArrivalOfLastRecord": _arrival(records[-1]),
            "batchSize": len(records),
            "streamArn": stream_arn,
        },
    }


def _arrival(record: Record) -> str:
    return datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC).isoformat()
