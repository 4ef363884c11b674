"""Long work, one piece a message: each message names its job, and a job sends the message of its next piece."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crm.core import queue, table
from crm.core.log import logger

RETRY_SECONDS = 30
_DELAY = "delay_seconds"
Message = Mapping[str, Any]
"""A job as it was queued, with an `id` that stays the same however often the message comes."""
Job = Callable[[Message], Iterable[Message] | None]
"""Does the work of a message, and names the messages that follow; one with `delay_seconds` is not to come before."""


class UnknownJob(Exception):
    """No job has this name; the message ends among the dead letters."""


def work(event: Mapping[str, Any], jobs: Mapping[str, Job], *, url: str) -> dict[str, Any]:
    """Do the jobs of a batch of messages from the queue at `url`, and send there what follows.

    Where the store was busy the message comes again soon; one whose job failed otherwise is reported, and comes again.
    """
    failed = []
    for record in event["Records"]:
        try:
            _do({"id": record["messageId"], **json.loads(record["body"])}, jobs, url)
        except Exception:  # noqa: BLE001 - the edge: one bad message must not take the others with it
            logger().exception("a job failed; its message comes again", extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _do(message: Message, jobs: Mapping[str, Job], url: str) -> None:
    # What stands behind the sign names one of several runs of the same job.
    job = jobs.get(str(message["job"]).partition("#")[0])
    if job is None:
        raise UnknownJob(str(message["job"]))
    try:
        for following in job(message) or ():
            _send(url, following)
    except table.STORE_ERRORS as error:
        _send(url, {**message, _DELAY: _waiting(message, error)})


def _waiting(message: Message, error: Exception) -> int:
    """The seconds after which to try again. A failed message would only come back after the long visibility timeout.

    Raises the error where waiting does not help.
    """
    if not table.is_passing(error):
        raise error
    logger().warning("to be tried again", extra={"job": message["job"], "error": type(error).__name__})
    return RETRY_SECONDS


def _send(url: str, message: Message) -> None:
    body = {name: value for name, value in message.items() if name != _DELAY}
    queue.send(url, body, delay_seconds=message.get(_DELAY, 0))
