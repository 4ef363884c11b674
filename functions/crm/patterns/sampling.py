"""A sample of customers who ever bought.

DynamoDB scans by the hash of the partition key, which has nothing to do with anybody's habits: so the first customers
of a scan are a fair sample, and the same one at the next scan but for who came and went.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.core import table
from crm.core.config import settings

LARGEST = 5000
"""Enough to see a group of one per cent; a larger sample takes longer and finds smaller groups."""
_MOST_PAGES = 400


@dataclass(frozen=True)
class Sample:
    """The profiles seen, as plain values; `is_whole` when there are no others who ever bought."""

    profiles: tuple[Mapping[str, Any], ...]
    is_whole: bool


def drawn() -> Sample:
    """Go through the table from its beginning until there are enough. Raises the store's errors."""
    found: list[Mapping[str, Any]] = []
    place: dict[str, Any] | None = {}
    for _ in range(_MOST_PAGES):
        profiles, place = _page(place or {})
        found += (profile for profile in profiles if profile["facts"].get("purchases"))
        if place is None or len(found) > LARGEST:
            break
    # Sorted, so that the same people are found in the same order wherever they stand.
    chosen = sorted(found[:LARGEST], key=lambda profile: str(profile["pk"]))
    return Sample(tuple(chosen), is_whole=place is None and len(found) <= LARGEST)


def _page(start: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    asked: dict[str, Any] = {"ExclusiveStartKey": start} if start else {}
    answer: Any = table.client().scan(
        TableName=settings().crm_table,
        FilterExpression="sk = :profile",
        ExpressionAttributeValues=table.to_item({":profile": "PROFILE"}),
        **asked,
    )
    return list(map(table.from_item, answer["Items"])), answer.get("LastEvaluatedKey")
