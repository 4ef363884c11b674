"""The functions of the small template; they run in processes of the local host, with boto3 alone."""

import json
import os
import time
from pathlib import Path
from typing import Any

import boto3

TABLE = os.environ["TABLE"]


def _put(table: str, **item: str) -> None:
    boto3.client("dynamodb").put_item(TableName=table, Item={name: {"S": value} for name, value in item.items()})


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
            boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=name)
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
