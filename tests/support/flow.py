"""Stands in for stream and queue in process: what has been written is projected, what has been queued is done."""

import json
from collections.abc import Iterable
from typing import Any

import boto3

from crm.core.config import settings
from crm.core.paging import PageRequest
from handlers import jobs, projector
from tests.support.world import Context

Key = tuple[str, str]
FIRST_SEQUENCE_NUMBER = 100_000_000_000_000_000_000


def stream_event(keys: Iterable[Key], *, change: str = "MODIFY") -> dict[str, Any]:
    """A batch of records of a KEYS_ONLY stream, as Lambda hands it over."""
    return {
        "Records": [
            {
                "eventID": f"{number:032x}",
                "eventName": change,
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "eu-west-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1795281000,
                    "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                    "SequenceNumber": str(FIRST_SEQUENCE_NUMBER + number),
                    "SizeBytes": len(pk) + len(sk) + 4,
                    "StreamViewType": "KEYS_ONLY",
                },
                "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/crm/stream/2026-01-01T00:00:00.000",
            }
            for number, (pk, sk) in enumerate(keys)
        ]
    }


def queue_event(*messages: dict[str, Any]) -> dict[str, Any]:
    """Messages of a queue of ours, as Lambda hands them over."""
    return {
        "Records": [
            {"messageId": f"message-{number}", "body": json.dumps(message), "eventSource": "aws:sqs"}
            for number, message in enumerate(messages)
        ]
    }


def project(*keys: Key, change: str = "MODIFY") -> list[Key]:
    """Hand changed keys to the projector; the keys of the records that it reports as failed."""
    answer = projector.handler(stream_event(keys, change=change), Context())
    failed = {int(entry["itemIdentifier"]) - FIRST_SEQUENCE_NUMBER for entry in answer["batchItemFailures"]}
    return [key for number, key in enumerate(keys) if number in failed]


def do_jobs(*, at_most: int = 50) -> list[dict[str, Any]]:
    """Do what is queued, and what that queues; the messages done, in order."""
    done: list[dict[str, Any]] = []
    for message in _queued(at_most):
        assert jobs.handler(queue_event(message), Context()) == {"batchItemFailures": []}
        done.append(message)
    return done


def settle(*, at_most: int = 50) -> None:
    """Project everything that stands in the table, and do what follows from it, until the views agree with it.

    Run it after each deletion as well (`project` the deleted key): a table no longer names what it lost.
    """
    for _ in range(3):
        project(*all_keys())
        do_jobs(at_most=at_most)


def all_keys() -> list[Key]:
    """The keys of everything in the table."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=settings().crm_table)
    return [(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"]]


def view_keys() -> list[Key]:
    """The keys of everything in the views."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=settings().views_table)
    return [(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"]]


def first_page() -> PageRequest:
    """The first page of any list."""
    return PageRequest("test")


def _queued(at_most: int) -> Iterable[dict[str, Any]]:
    sqs, url = boto3.client("sqs"), settings().jobs_queue_url
    for _ in range(at_most):
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", [])
        if not received:
            return
        sqs.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])
        yield json.loads(received[0]["Body"])
    raise AssertionError(f"the queue is not empty after {at_most} messages")
