"""What waits in the engine's queues and streams, and the two requests that are ours: they change when messages come.

Part of `infra.local.engine_server`; runs only in the engine's environment.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs

from ministack.services import dynamodb, sqs

from infra.local import journal

RELEASE = "/_engine/release"
PASSED = "/_engine/passed"
LATER_SECONDS = 60


def pending() -> dict[str, Any]:
    """Messages by queue, the last record of each stream, and the seconds until the next that is to come later."""
    now = time.time()
    queues = {
        queue["name"]: sum(not _is_for_later(message, now) for message in queue["messages"])
        for queue in sqs._queues.all_values()
    }
    streams = {
        table: records[-1]["dynamodb"]["SequenceNumber"]
        for (_, _, table), records in dynamodb._stream_records.all_items()
        if records
    }
    return {"queues": queues, "streams": streams, "later": min(later(), default=None)}


def later() -> list[float]:
    """Seconds until each of the messages is due that are to come later."""
    now = time.time()
    messages = [message for queue in sqs._queues.all_values() for message in queue["messages"]]
    return [message["visible_at"] - now for message in messages if _is_for_later(message, now)]


def _is_for_later(message: dict[str, Any], now: float) -> bool:
    """Whether a message was sent with a long delay that is not over; after a short one somebody tries again."""
    due = message.get("visible_at", now)
    return bool(due > now and not message["receive_count"] and due - message["sent_at"] > LATER_SECONDS)


def _release(write: journal.Write) -> None:
    for queue in sqs._queues.all_values():
        for message in queue["messages"]:
            if message["receive_count"]:
                message["visible_at"] = min(message["visible_at"], write.at)


def _let_time_pass(write: journal.Write) -> None:
    seconds = float(parse_qs(write.query)["seconds"][0])
    for queue in sqs._queues.all_values():
        for message in queue["messages"]:
            if _is_for_later(message, write.at):
                passed = min(seconds, message["visible_at"] - write.at)
                # As if it had been sent earlier: so it stays one with a long delay.
                message["visible_at"] -= passed
                message["sent_at"] -= passed


OWN_WRITES = {RELEASE: _release, PASSED: _let_time_pass}
