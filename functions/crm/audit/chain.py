"""Reads the chain: entries in order from a place on, or back from one, and the records that they are of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crm.audit.models import CHAIN
from crm.audit.told import Told, told
from crm.core import items, table
from crm.core.config import settings

AT_ONCE = 500
ENDS = "~"
"""Sorts behind all numbers."""


@dataclass(frozen=True)
class Stored:
    """An entry as it stands in the table; `number` as its key has it, None where that is none."""

    day: str
    name: str
    item: Mapping[str, Any]

    @property
    def number(self) -> int | None:
        return int(self.name) if self.name.isdecimal() else None

    @property
    def says(self) -> dict[str, Any]:
        """What its text says; empty where that can be read no more."""
        try:
            said = json.loads(str(self.item.get("text")))
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


def page(day: str, *, after: str | None = None, limit: int = AT_ONCE, backwards: bool = False) -> list[Stored]:
    """Entries that were linked on a day, in order (`backwards`: the last first), from behind the name `after`."""
    asked: dict[str, Any] = {
        "TableName": settings().crm_table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": table.to_item({":pk": f"{CHAIN}{day}"}),
        "ConsistentRead": True,
        "ScanIndexForward": not backwards,
        "Limit": limit,
    }
    if after is not None:
        asked["ExclusiveStartKey"] = table.to_item({"pk": f"{CHAIN}{day}", "sk": after})
    found = table.client().query(**asked)["Items"]
    return [Stored(day, item["sk"], item) for item in map(table.from_item, found)]


def days(first: str, last: str) -> Iterator[str]:
    """Each day from one to another."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        yield day.isoformat()
        day += timedelta(days=1)


def records_of(entries: Sequence[Stored]) -> dict[str, Told]:
    """By the entry's name the record that it is of, where that still stands where it stood."""
    keys = {entry.name: key for entry in entries if (key := _record(entry))}
    stored = items.many(dict.fromkeys(keys.values()))
    found = {name: told(stored[key]) for name, key in keys.items() if key in stored}
    return {name: record for name, record in found.items() if record}


def _record(entry: Stored) -> tuple[str, str] | None:
    match entry.says.get("record"):
        case [str(pk), str(sk)]:
            return pk, sk
    return None
