"""Where the keys of a run come from: a table in parallel segments, or one partition."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from crm.core import table
from crm.core.config import settings
from crm.core.projection import Key

PAGE = 500
"""Keys in a page, at most."""
_MOST_PIECES = 64
_ITEMS_PER_PIECE = 50_000
_MOST_CALLS = 20
_MOST_BYTES = 180_000


class Source(Protocol):
    """All the keys that a run goes through."""

    def pieces(self) -> int:
        """Into how many pieces a run is to be cut, 1 to 64."""

    def page(self, piece: int, pieces: int, after: Key | None) -> tuple[tuple[Key, ...], Key | None]:
        """Some keys behind a place, and the place behind which there may be more. Raises the store's errors."""


@dataclass(frozen=True)
class Scan:
    """A whole table (`"crm"` the truth, `"views"` what is computed), or those of its items that an expression names.

    `fits`: and of which this holds, which sees the attributes `shown`.
    """

    table: str
    filter: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    fits: Callable[[Mapping[str, Any]], bool] | None = None

    def pieces(self) -> int:
        """As many as there are fifty thousand items, by DynamoDB's own count, which is up to six hours old."""
        count = table.client().describe_table(TableName=self._table_name())["Table"].get("ItemCount", 0)
        return max(1, min(_MOST_PIECES, -(-count // _ITEMS_PER_PIECE)))

    def page(self, piece: int, pieces: int, after: Key | None) -> tuple[tuple[Key, ...], Key | None]:
        """Up to a page of keys. Most items may be of other kinds, so it goes on for some calls until it has enough."""
        keys: tuple[Key, ...] = ()
        for _ in range(_MOST_CALLS):
            found, after = self._call(piece, pieces, after, limit=PAGE - len(keys))
            keys += found
            if after is None or len(keys) >= PAGE:
                break
        return _cut(keys, after)

    def _call(self, piece: int, pieces: int, after: Key | None, *, limit: int) -> tuple[tuple[Key, ...], Key | None]:
        asked: dict[str, Any] = {"ExclusiveStartKey": _low(after)} if after else {}
        if pieces > 1:
            asked |= {"Segment": piece, "TotalSegments": pieces}
        if self.filter:
            asked |= {"FilterExpression": self.filter, "ExpressionAttributeValues": self.values}
        if self.names:
            asked["ExpressionAttributeNames"] = self.names
        answer = table.client().scan(
            TableName=self._table_name(),
            ProjectionExpression=", ".join(("pk", "sk", *self.shown)),
            ConsistentRead=True,
            Limit=limit,
            **asked,
        )
        fits = self.fits
        found = [item for item in answer["Items"] if fits is None or fits(table.from_item(item))]
        return _keys({**answer, "Items": found})

    def _table_name(self) -> str:
        return settings().crm_table if self.table == "crm" else settings().views_table


@dataclass(frozen=True)
class Partitions:
    """Partitions of ViewsTable, one for each piece."""

    names: tuple[str, ...]

    def pieces(self) -> int:
        return len(self.names)

    def page(self, piece: int, pieces: int, after: Key | None) -> tuple[tuple[Key, ...], Key | None]:  # noqa: ARG002
        """Up to a page of keys, in order."""
        start: dict[str, Any] = {"ExclusiveStartKey": _low(after)} if after else {}
        answer = table.client().query(
            TableName=settings().views_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": self.names[piece]}},
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
            Limit=PAGE,
            **start,
        )
        return _cut(*_keys(answer))


def _keys(answer: Mapping[str, Any]) -> tuple[tuple[Key, ...], Key | None]:
    last = answer.get("LastEvaluatedKey")
    return tuple(map(_key, answer["Items"])), _key(last) if last else None


def _cut(keys: tuple[Key, ...], after: Key | None) -> tuple[tuple[Key, ...], Key | None]:
    """As many of the keys as a message holds; with fewer, the next page starts behind the last of them."""
    sizes = itertools.accumulate(len(json.dumps(key)) + 2 for key in keys)
    fit = sum(1 for _ in itertools.takewhile(lambda size: size <= _MOST_BYTES, sizes))
    return (keys, after) if fit == len(keys) else (keys[:fit], keys[fit - 1])


def _key(item: Mapping[str, Any]) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _low(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
