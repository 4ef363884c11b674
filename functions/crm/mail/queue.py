"""Putting orders into the mail queue."""

import time
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, islice
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

# At SES's usual fourteen a second this is twelve minutes' work, and the next tick comes after fifteen.
MOST_WAITING = 10_000
_LARGEST_BATCH = 10


def put(orders: Iterable[Order]) -> int:
    """Queue the orders, ten a call, as far as the queue has room; how many.

    What finds no room is left out: it is still due, and the next tick orders it. So ticks never heap up orders in front
    of mailers that are held up. Raises StoreUnavailable when the queue keeps refusing some.
    """
    first = next(pending := iter(orders), None)
    if first is None:
        return 0
    count, rest = 0, islice(chain([first], pending), _room())
    while batch := list(islice(rest, _LARGEST_BATCH)):
        _send([{"Id": str(place), "MessageBody": order.text()} for place, order in enumerate(batch)])
        count += len(batch)
    return count


def _room() -> int:
    url = settings().mail_queue_url
    answer = _client().get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return max(MOST_WAITING - int(answer["Attributes"]["ApproximateNumberOfMessages"]), 0)


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
