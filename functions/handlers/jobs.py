"""Long work in pieces: each message names a job; what does not end in time hands itself on to the next message."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from crm.core import queue, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.log import logger
from crm.customers.erasure import erase
from crm.views import service as views

_RESERVE_MILLIS = 20_000
_RETRY_SECONDS = 30


class UnknownJob(Exception):
    """No job has this name; the message ends among the dead letters."""


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do the jobs of a batch of messages. A message whose job failed is reported and comes again."""
    failed = []
    for record in event["Records"]:
        try:
            _do(json.loads(record["body"]), context)
        except Exception:  # noqa: BLE001 - the edge: one bad message must not take the others with it
            logger().exception("a job failed; its message comes again", extra={"message": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _do(message: Mapping[str, Any], context: LambdaContext) -> None:
    job = _JOBS.get(message["job"])
    if job is None:
        raise UnknownJob(str(message["job"]))
    job(message, context)


def _sweep(message: Mapping[str, Any], context: LambdaContext) -> None:
    """{"job": "sweep", "epoch": n}: project all items under the rules of an epoch."""
    epoch = int(message["epoch"])
    try:
        again = views.sweep(epoch=epoch, has_time=lambda: context.get_remaining_time_in_millis() > _RESERVE_MILLIS)
    except views.Overtaken:
        return
    except _PASSING as error:
        _later({"job": "sweep", "epoch": epoch}, error)
    else:
        if again is not None:
            queue.send(settings().jobs_queue_url, {"job": "sweep", "epoch": again})


def _refresh(message: Mapping[str, Any], _: LambdaContext) -> None:
    """{"job": "refresh", "pk": …, "sk": …}: project one item."""
    for error in views.refresh_batch([(message["pk"], message["sk"])]).values():
        _later(message, error)


def _retry_parked(_: Mapping[str, Any], __: LambdaContext) -> None:
    """{"job": "retry_parked"}: project what could not be projected so far."""
    for (pk, sk), error in views.refresh_parked().items():
        _later({"job": "refresh", "pk": pk, "sk": sk}, error)


def _erase(message: Mapping[str, Any], _: LambdaContext) -> None:
    """{"job": "erase", "customer": id}: empty the partition of a deleted customer."""
    erase(customer_id=message["customer"])


def _later(message: Mapping[str, Any], error: Exception) -> None:
    """Try again soon. The message itself would only come back after the queue's long visibility timeout."""
    if not _passes(error):
        raise error
    logger().warning("to be tried again", extra={"job": message, "error": type(error).__name__})
    queue.send(settings().jobs_queue_url, message, delay_seconds=_RETRY_SECONDS)


def _passes(error: Exception) -> bool:
    return not isinstance(error, (ClientError, BotoCoreError)) or table.is_passing(error)


_PASSING = (StoreUnavailable, ClientError, BotoCoreError)
_JOBS: Mapping[str, Callable[[Mapping[str, Any], LambdaContext], None]] = {
    "erase": _erase,
    "refresh": _refresh,
    "retry_parked": _retry_parked,
    "sweep": _sweep,
}
