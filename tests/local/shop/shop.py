"""The functions of the small template; they run in processes of the local host, with boto3 alone."""

import json
import os
import time
from pathlib import Path
from typing import Any

import boto3

TABLE = os.environ["TABLE"]
TABLES = boto3.client("dynamodb")
QUEUES = boto3.client("sqs")


def _put(table: str, **item: str) -> None:
    TABLES.put_item(TableName=table, Item={name: {"S": value} for name, value in item.items()})


def api(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Write the note that the body names."""
    _put(TABLE, pk=json.loads(event["body"])["note"])
    return {"statusCode": 201, "body": "{}"}


def read(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Queue one piece of work for each record; a note called `poison` fails."""
    failed = []
    for record in event["Records"]:
        name = record["dynamodb"]["Keys"]["pk"]["S"]
        if name == "poison":
            failed.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
        else:
            QUEUES.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=name)
    return {"batchItemFailures": failed}


def work(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Take work down in the second table; work called `bad` fails."""
    failed = []
    for record in event["Records"]:
        time.sleep(0.01)
        if record["body"] == "bad":
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            _put("Seen", pk=record["body"])
    return {"batchItemFailures": failed}


def tick(event: dict[str, Any], _: Any) -> None:
    """Write a note at midnight, with the time of the schedule and that of the clock."""
    if event["at"].endswith("T00:00:00Z"):
        offset = float(Path(os.environ["CLOCK_FILE"]).read_text())
        _put(TABLE, pk=f"{event['at']} {time.time() + offset:.0f}")


def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Give back what the function sees."""
    left = context.get_remaining_time_in_millis()
    return {"event": event, "environment": dict(os.environ), "milliseconds": left, "process": os.getpid()}


def sleep(event: dict[str, Any], _: Any) -> int:
    """Take as long as it is told."""
    time.sleep(event["seconds"])
    return os.getpid()


def leave(_: Any, __: Any) -> None:
    """End the process."""
    os._exit(3)


def raise_(_: Any, __: Any) -> None:
    """Fail."""
    raise ValueError("no such thing")


def answer_object(_: Any, __: Any) -> object:
    """Answer what JSON cannot say."""
    return object()


def answer_much(_: Any, __: Any) -> str:
    """Answer more than Lambda takes."""
    return "x" * 7_000_000
