"""The event bus in tests: keeps what is put on it, and refuses what it is told to."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.client import BaseClient

from crm.core import bus

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Bus:
    """What arrived; while `refuses` is set every event is answered with it instead, under status 200 as EventBridge."""

    events: list[dict[str, Any]] = field(default_factory=list)
    refuses: str | None = None


@contextmanager
def event_bus() -> Iterator[Bus]:
    """EventBridge is this, for every client in the process."""
    taken, real = Bus(), BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if operation != "PutEvents":
            return real(client, operation, parameters)
        if taken.refuses:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": taken.refuses, "ErrorMessage": "later"}]}
        taken.events += parameters["Entries"]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}

    bus.client.cache_clear()
    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield taken
    bus.client.cache_clear()
