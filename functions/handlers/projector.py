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


def _queue_jobs(changes: Mapping[Key, str]) -> dict[Key, Exception]:
    """Queue the work that follows from changed segments, deletions, withheld mail; those that could not be queued."""
    segments = [key for key in changes if key[1].startswith("SEGMENT#")]
    erasures = [key for key, change in changes.items() if key[1] == "ERASING" and change != "REMOVE"]
    # Of a deletion and of a restoration alike: the job looks which it was.
    binned = [key for key in changes if key[1] == "DELETED"]
    notices = [key for key, change in changes.items() if key[1].startswith("WITHHELD#") and change != "REMOVE"]
    emptied = [key for key, change in changes.items() if key[1].startswith("DISBANDING#") and change != "REMOVE"]
    merged = [key for key, change in changes.items() if key[1] == "MERGED" and change != "REMOVE"]
    sent = [key for key, change in changes.items() if key[1] == "SUBMISSION" and change != "REMOVE"]
    tags = [key for key, change in changes.items() if key[1].startswith("TAGCHANGE#") and change != "REMOVE"]
    asked = [key for key, change in changes.items() if key[1].startswith("ASKED#") and change != "REMOVE"]
    failed = _attempt(segments, _queue_sweep) if segments else {}
    for key in asked:
        customer_id, what = key[0].removeprefix("CUSTOMER#"), key[1].removeprefix("ASKED#")
        failed |= _attempt([key], partial(_queue_request, customer_id, what))
    failed |= _attempt(tags, _queue_tags) if tags else {}
    for key in erasures:
        failed |= _attempt([key], partial(_queue_erasure, key[0].removeprefix("CUSTOMER#")))
    for key in binned:
        failed |= _attempt([key], partial(_queue_silence, key[0].removeprefix("CUSTOMER#")))
    for key in merged:
        failed |= _attempt([key], partial(_queue_merge, key[0].removeprefix("CUSTOMER#")))
    for key in sent:
        failed |= _attempt([key], partial(_queue_answers, key[0].removeprefix("ANSWERED#")))
    for key in notices:
        failed |= _attempt([key], partial(_queue_announcement, *key))
    for key in emptied:
        failed |= _attempt([key], partial(_queue_disbanding, key[1].removeprefix("DISBANDING#")))
    return failed


def _queue_sweep() -> None:
    queue.send(settings().jobs_queue_url, {"job": "sweep", "epoch": views.epoch_now()})


def _queue_tags() -> None:
    queue.send(settings().jobs_queue_url, {"job": "tags"})


def _queue_erasure(customer_id: str) -> None:
    queue.send(settings().jobs_queue_url, {"job": "erase", "customer": customer_id})


def _queue_silence(customer_id: str) -> None:
    queue.send(settings().jobs_queue_url, {"job": "follow_bin", "customer": customer_id})


def _queue_merge(customer_id: str) -> None:
    queue.send(settings().jobs_queue_url, {"job": "merge", "customer": customer_id})


def _queue_answers(form_id: str) -> None:
    queue.send(settings().jobs_queue_url, {"job": "answers", "form": form_id})


def _queue_request(customer_id: str, what: str) -> None:
    queue.send(settings().jobs_queue_url, {"job": "asked", "customer": customer_id, "what": what})


def _queue_disbanding(segment: str) -> None:
    queue.send(settings().jobs_queue_url, {"job": "disband", "segment": segment})


def _queue_announcement(pk: str, sk: str) -> None:
    queue.send(settings().jobs_queue_url, {"job": "announce", "pk": pk, "sk": sk})


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
