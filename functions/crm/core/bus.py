"""Events for others: the account's default event bus."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from crm.core.errors import StoreUnavailable
from crm.core.reason import Reason

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "crm"


class BusUnavailable(StoreUnavailable):
    """The bus did not take an event; it passes."""

    slug = "bus-unavailable"
    title = Reason("The event bus takes nothing right now")


def put(name: str, detail: Mapping[str, Any], *, at: datetime) -> None:
    """Put an event on the bus; it may arrive more than once. Raises BusUnavailable, botocore's errors."""
    entry: Any = {"Source": SOURCE, "DetailType": name, "Detail": json.dumps(detail), "Time": at}
    answer = client().put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        # A refused event is no error to the client: the answer has status 200.
        raise BusUnavailable(f"the event bus answered {answer['Entries'][0].get('ErrorCode')}")


@lru_cache(maxsize=1)
def client() -> "EventBridgeClient":
    """The client of this process, made when first used."""
    return boto3.client("events", config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3}))
