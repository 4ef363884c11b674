"""Putting orders into the mail queue."""

import time
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from crm.core import table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.mail.orders import Order

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_LARGEST_BATCH = 10


def put(orders: Iterable[Order]) -> int:
    """Queue the orders, ten a call; how many. Raises StoreUnavailable when the queue keeps refusing some."""
    count, rest = 0, iter(orders)
    while batch := list(islice(rest, _LARGEST_BATCH)):
        _send([{"Id": str(place), "MessageBody": order.text()} for place, order in enumerate(batch)])
        count += len(batch)
    return count


def _send(entries: "list[SendMessageBatchRequestEntryTypeDef]") -> None:
    """A batch can fail in part with status 200: what failed is sent again."""
    for pause in table.pauses():
        answer = _client().send_message_batch(QueueUrl=settings().mail_queue_url, Entries=entries)
        failed = {one["Id"] for one in answer.get("Failed", [])}
        entries = [entry for entry in entries if entry["Id"] in failed]
        if not entries:
            return
        time.sleep(pause)
    raise StoreUnavailable(f"the mail queue refused {len(entries)} orders")


@lru_cache(maxsize=1)
def _client() -> "SQSClient":
    return boto3.client("sqs", config=Config(connect_timeout=1, read_timeout=3))
