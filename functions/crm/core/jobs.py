"""Long work, one piece a message: each message names its job, and a job sends the message of its next piece."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from crm.core import queue, table
from crm.core.log import logger

_RETRY_SECONDS = 30
Message = Mapping[str, Any]
"""A job as it was queued, with an `id` that stays the same however often the message comes."""
Job = Callable[[Message], None]


class UnknownJob(Exception):
    """No job has this name; the message ends among the dead letters."""


def work(event: Mapping[str, Any], jobs: Mapping[str, Job]) -> dict[str, Any]:
    """Do the jobs of a batch of messages. A message whose job failed is reported and comes again."""
    failed = []
    for record in event["Records"]:
        try:
            _do({"id": record["messageId"], **json.loads(record["body"])}, jobs)
        except Exception:  # noqa: BLE001 - the edge: one bad message must not take the others with it
            logger().exception("a job failed; its message comes again", extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def later(message: Message, error: Exception, *, url: str) -> None:
    """Try again soon. The message itself would only come back after the queue's long visibility timeout.

    Raises the error where waiting does not help.
    """
    if not table.is_passing(error):
        raise error
    logger().warning("to be tried again", extra={"job": message["job"], "error": type(error).__name__})
    queue.send(url, message, delay_seconds=_RETRY_SECONDS)


def _do(message: Message, jobs: Mapping[str, Job]) -> None:
    # What stands behind the sign names one of several runs of the same job.
    job = jobs.get(str(message["job"]).partition("#")[0])
    if job is None:
        raise UnknownJob(str(message["job"]))
    job(message)
