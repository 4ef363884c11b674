"""Keeps the views as the table says: the stream names the items that changed, each is projected once per batch."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.core import queue, table
from crm.core.config import settings
from crm.core.log import logger
from crm.core.projection import Key
from crm.views import service as views


def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Take a batch of stream records; what failed for a passing reason is reported, and comes again with the rest.

    Lambda delivers again everything from the lowest number reported, so each step here may be repeated.
    """
    records = [(record["dynamodb"]["SequenceNumber"], _key(record), record) for record in event["Records"]]
    failed: dict[Key, Exception] = views.refresh_batch(key for _, key, _ in records)
    failed |= _queue_jobs({key: record["eventName"] for _, key, record in records})
    for key, error in failed.items():
        logger().warning("to be tried again", extra={"item": "|".join(key), "error": type(error).__name__})
    return {"batchItemFailures": [{"itemIdentifier": number} for number, key, _ in records if key in failed]}


# What follows from a change of an item, by the name that its sort key begins with: one job for each such item.
_JOBS: Mapping[str, Callable[[Key], Mapping[str, Any]]] = {
    "ASKED": lambda key: {"job": "asked", "customer": _name(key[0]), "what": _name(key[1])},
    "DELETED": lambda key: {"job": "follow_bin", "customer": _name(key[0])},
    "DISBANDING": lambda key: {"job": "disband", "segment": _name(key[1])},
    "ERASING": lambda key: {"job": "erase", "customer": _name(key[0])},
    "HANDOVER": lambda key: {"job": "handover", "handover": _name(key[1])},
    "MEMBER": lambda key: {"job": "account", "staff": _name(key[0])},
    "MERGED": lambda key: {"job": "merge", "customer": _name(key[0])},
    "OUTGOING": lambda key: {"job": "spread", "pk": key[0], "sk": key[1]},
    "SUBMISSION": lambda key: {"job": "answers", "form": _name(key[0])},
    "WITHHELD": lambda key: {"job": "announce", "pk": key[0], "sk": key[1]},
}
# One for all of a batch.
_JOBS_OF_ALL: Mapping[frozenset[str], Callable[[], Mapping[str, Any]]] = {
    frozenset({"EPOCH", "SEGMENT"}): lambda: {"job": "sweep", "epoch": views.epoch_now()},
    frozenset({"TAGCHANGE"}): lambda: {"job": "tags"},
}
# When they go something follows, too: of a deletion and of a restoration alike, and the job looks which it was.
_ALSO_WHEN_GONE = frozenset({"DELETED", "SEGMENT"})


# The same, of work on files.
_FILE_JOBS: Mapping[str, Callable[[Key], Mapping[str, Any]]] = {
    "EXPORT": lambda key: {"job": "export", "export": _name(key[1]), "piece": 0},
    "GOAHEAD": lambda key: {"job": "import_asked", "import": _name(key[1])},
}


def _queue_jobs(changes: Mapping[Key, str]) -> dict[Key, Exception]:
    """Queue the work that follows from changes of segments, members, deletions and others; what could not be queued."""
    followed = [key for key, change in changes.items() if change != "REMOVE" or _kind(key) in _ALSO_WHEN_GONE]
    failed: dict[Key, Exception] = {}
    for kinds, job_of_all in _JOBS_OF_ALL.items():
        if keys := [key for key in followed if _kind(key) in kinds]:
            failed |= _attempt(keys, partial(_send_made, job_of_all))
    for key in followed:
        if job := _JOBS.get(_kind(key)):
            failed |= _attempt([key], partial(_send, job(key)))
        if job := _FILE_JOBS.get(_kind(key)):
            failed |= _attempt([key], partial(queue.send, settings().files_queue_url, job(key)))
    return failed


def _send(job: Mapping[str, Any]) -> None:
    queue.send(settings().jobs_queue_url, job)


def _send_made(make: Callable[[], Mapping[str, Any]]) -> None:
    _send(make())


def _kind(key: Key) -> str:
    return key[1].partition("#")[0]


def _name(part: str) -> str:
    """What stands behind the kind in a part of a key."""
    return part.partition("#")[2]


def _attempt(keys: Iterable[Key], work: Callable[[], None]) -> dict[Key, Exception]:
    try:
        work()
    except table.STORE_ERRORS as error:
        if not table.is_passing(error):
            raise
        return dict.fromkeys(keys, error)
    return {}


def _key(record: Mapping[str, Any]) -> Key:
    keys = record["dynamodb"]["Keys"]
    return keys["pk"]["S"], keys["sk"]["S"]
