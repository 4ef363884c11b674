"""DynamoDB's read and write units of a request.

They follow from the bytes that travel, by DynamoDB's rules: an item is its names and values in UTF-8. A read of one
item is rounded up to 4 KB, a Query once for all its items, and costs half where it need not be consistent; what is not
there costs the least there is. A write is rounded up to 1 KB, doubled in a transaction; an update is counted by what
is sent, as its answer does not say how large the item is. Sources: the DynamoDB developer guide, "DynamoDB read and
write operations" and "DynamoDB item sizes and formats".
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

READ_BYTES = 4096
WRITE_BYTES = 1024
_ELEMENT = 1
_COLLECTION = 3


def batch_read(asked: dict[str, Any], answer: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each item of a batch, an empty one where there is none, and whether it was read consistently."""
    for name, wanted in asked["RequestItems"].items():
        found: list[dict[str, Any]] = answer.get("Responses", {}).get(name, [])
        missing: list[dict[str, Any]] = [{}] * (len(wanted["Keys"]) - len(found))
        for item in (*found, *missing):
            yield item, bool(wanted.get("ConsistentRead"))


def written(operation: str, asked: dict[str, Any]) -> int:
    """The units of one request that writes."""
    match operation:
        case "PutItem":
            return _write(asked["Item"])
        case "BatchWriteItem":
            requests = [one for many in asked["RequestItems"].values() for one in many]
            return sum(_write(one["PutRequest"]["Item"]) if "PutRequest" in one else 1 for one in requests)
        case "TransactWriteItems":
            parts = [part for one in asked["TransactItems"] for part in one.values()]
            return sum(2 * _write(part.get("Item") or _changed(part)) for part in parts)
        case "UpdateItem" | "DeleteItem":
            return _write(_changed(asked))
    return 0


def by_partition(asked: dict[str, Any]) -> Counter[str]:
    """The units of a transaction by what its items' partitions begin with."""
    found: Counter[str] = Counter()
    for part in (part for one in asked["TransactItems"] for part in one.values()):
        pk = (part.get("Item") or part["Key"])["pk"]["S"]
        found[pk.partition("#")[0]] += 2 * _write(part.get("Item") or _changed(part))
    return found


def _changed(part: dict[str, Any]) -> dict[str, Any]:
    return {**part["Key"], **part.get("ExpressionAttributeValues", {})}


def read(items: Iterable[dict[str, Any]], *, consistent: bool) -> float:
    """The units of one read that returns these items."""
    blocks = max(1, math.ceil(sum(item_size(item) for item in items) / READ_BYTES))
    return blocks if consistent else blocks / 2


def _write(item: dict[str, Any]) -> int:
    return max(1, math.ceil(item_size(item) / WRITE_BYTES))


def item_size(item: dict[str, Any]) -> int:
    """The bytes of an item (typed values as they travel) as DynamoDB counts them."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def _number_size(text: str) -> int:
    """About one byte for two significant digits, one more, and one for a sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "N": _number_size,
    "B": lambda text: len(text) * 3 // 4,  # travels in base64
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda texts: sum(len(text.encode()) for text in texts),
    "NS": lambda texts: sum(map(_number_size, texts)),
    "L": lambda values: _COLLECTION + sum(_ELEMENT + _value_size(value) for value in values),
    "M": lambda values: _COLLECTION + len(values) * _ELEMENT + item_size(values),
}
