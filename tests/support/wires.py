"""What template.yaml wires to what, and how messages reach a function.

Which schedule calls which function, how large batches are, what the stream lets through, how long a message is hidden
and after how many receipts it is a dead letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from infra.local import cron, event_pattern
from tests.support.flow import FIRST_SEQUENCE_NUMBER
from tests.support.template import of_type, target

if TYPE_CHECKING:
    from collections.abc import Iterable


Key = tuple[str, str]
CONSUMERS = {"mail": "mailer", "jobs": "jobs", "files": "files", "webhooks": "webhooks", "reports": "mail_events"}


@dataclass
class Letter:
    """A message in a queue: when it can be received (again), and how often it was."""

    number: int
    body: str
    visible_at: datetime
    receipts: int = 0


@dataclass(frozen=True)
class Trigger:
    """How a queue or the stream calls its function: batch size, seconds hidden after a receipt, most receipts."""

    batch: int
    hidden: int = 0
    receipts: int = 0
    filters: tuple[dict[str, str], ...] = ()


def queue_event(letters: Iterable[Letter]) -> dict[str, Any]:
    """Messages as a queue's trigger hands them over."""
    blank = {"receiptHandle": "r", "messageAttributes": {}, "md5OfBody": "", "awsRegion": "eu-west-1"}
    source = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue"}
    return {
        "Records": [
            {
                "messageId": str(letter.number),
                "body": letter.body,
                "attributes": {"ApproximateReceiveCount": str(max(letter.receipts, 1))},
                **blank,
                **source,
            }
            for letter in letters
        ]
    }


@lru_cache(maxsize=1)
def schedules() -> tuple[tuple[str, cron.Due], ...]:
    """The function and the times of every schedule in the template, in its order."""
    found = []
    for properties in of_type("AWS::Scheduler::Schedule").values():
        handler = _handler_of(target(properties["Target"]["Arn"]))
        zone = properties.get("ScheduleExpressionTimezone", "UTC")
        found.append((handler, cron.parse(properties["ScheduleExpression"], zone)))
    return tuple(found)


def next_time(times: cron.Due, since: datetime, until: datetime) -> datetime | None:
    """The first time after `since`, if it has come."""
    if isinstance(times, cron.Cron) and times.zone.key == "UTC" and since.date() == until.date():
        return next((moment for moment in _of_day(times, until.date()) if since < moment <= until), None)
    found = times.after(since)
    return found if found and found <= until else None


@lru_cache(maxsize=16)
def _of_day(times: cron.Cron, day: date) -> tuple[datetime, ...]:
    # `after` goes through the whole day for each answer, and a simulated year asks a hundred thousand times.
    return tuple(times._of(day)) if times._fits(day) else ()


@lru_cache(maxsize=16)
def trigger_of(handler: str) -> Trigger:
    """What calls the function of functions/handlers/<handler>.py out of a queue or the stream."""
    (mapping,) = [
        found
        for found in of_type("AWS::Lambda::EventSourceMapping").values()
        if _handler_of(target(found["FunctionName"])) == handler
    ]
    filters = tuple(mapping.get("FilterCriteria", {}).get("Filters", ()))
    queue = of_type("AWS::SQS::Queue").get(target(mapping["EventSourceArn"]))
    if queue is None:
        return Trigger(mapping["BatchSize"], filters=filters)
    receipts = queue["RedrivePolicy"]["maxReceiveCount"]
    return Trigger(mapping["BatchSize"], queue["VisibilityTimeout"], receipts, filters)


@lru_cache(maxsize=256)
def passes(kind: str, has_more: bool, change: str) -> bool:
    """Whether the stream tells the projector of such a change of an item; `kind`: what its sort key begins with."""
    record = {"eventName": change, "dynamodb": {"Keys": {"sk": {"S": f"{kind}#x" if has_more else kind}}}}
    return event_pattern.passes(trigger_of("projector").filters, record)


def _handler_of(function: str) -> str:
    return str(of_type("AWS::Lambda::Function")[function]["Handler"]).split(".")[1]


def record(number: int, key: Key, change: str) -> dict[str, Any]:
    """A change as the stream's trigger hands it over."""
    keys = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
    about = {"Keys": keys, "SequenceNumber": str(FIRST_SEQUENCE_NUMBER + number), "StreamViewType": "KEYS_ONLY"}
    return {"eventID": str(number), "eventName": change, "eventSource": "aws:dynamodb", "dynamodb": about}
