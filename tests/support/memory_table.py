"""One table in memory: its items, and what the parameters of a call say about them."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import defaultdict
from functools import lru_cache
from typing import Any

Key = tuple[str, str]
Item = dict[str, Any]
_KEY = re.compile(
    r"\(?\s*(?P<name>#?\w+)\s*(?P<how><=|>=|=|<|>|BETWEEN)\s*(?P<one>:\w+)(?:\s+AND\s+(?P<two>:\w+))?\s*\)?"
    r"|\(?\s*begins_with\s*\(\s*(?P<of>#?\w+)\s*,\s*(?P<prefix>:\w+)\s*\)\s*\)?"
)
HALF_OPEN = re.compile(r"[<>](?!=)")
_LAST = chr(0x10FFFF)


class Table(dict[Key, Item]):
    """Items by key, and each partition's sort keys in order."""

    def __init__(self) -> None:
        super().__init__()
        self.partitions: dict[str, list[str]] = defaultdict(list)

    def __setitem__(self, key: Key, item: Item) -> None:
        if key not in self:
            insort(self.partitions[key[0]], key[1])
        super().__setitem__(key, item)

    def copy(self) -> Table:
        """The same items, to be changed apart from these: stored items are replaced, never changed."""
        other = Table()
        dict.update(other, self)
        other.partitions = defaultdict(list, {pk: list(sort_keys) for pk, sort_keys in self.partitions.items()})
        return other

    def drop(self, key: Key) -> None:
        """Remove an item that may not be there."""
        if super().pop(key, None) is not None:
            sort_keys = self.partitions[key[0]]
            del sort_keys[bisect_left(sort_keys, key[1])]
            if not sort_keys:
                del self.partitions[key[0]]


def key_of(key: Item) -> Key:
    return key["pk"]["S"], key["sk"]["S"]


def hashed(key: Key) -> Key:
    return key[0][::-1], key[1]


def named(call: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    return call.get("ExpressionAttributeNames") or {}, call.get("ExpressionAttributeValues") or {}


def shown(item: Item, call: dict[str, Any]) -> Item:
    """An item, cut to what was asked for; its values are those stored, which nobody changes: a write puts new ones."""
    wanted = call.get("ProjectionExpression")
    if not wanted:
        return dict(item)
    names = call.get("ExpressionAttributeNames") or {}
    parts = [names.get(part.strip(), part.strip()) for part in wanted.split(",")]
    if any("." in part for part in parts):
        raise KeyError(f"cannot read {wanted}")
    return {part: item[part] for part in parts if part in item}


def key_range(call: dict[str, Any]) -> tuple[str, str, str]:
    """The partition of a query, and between which sort keys (both included) its answer lies."""
    text, (names, values) = call["KeyConditionExpression"], named(call)
    pk, first, last = None, "", _LAST
    for name, how, one, two, prefix in _parts(text):
        if prefix:
            first = values[prefix]["S"]
            last = first + _LAST
            continue
        value = values[one]["S"]
        if names.get(name, name) == "pk":
            # The sort key's part may stand behind the same AND.
            pk = value
        elif how == "BETWEEN":
            first, last = value, values[two]["S"]
        else:
            first = value if how in {"=", ">", ">="} else first
            last = value if how in {"=", "<", "<="} else last
    if pk is None:
        raise KeyError(f"cannot read {text}")
    return pk, first, last


@lru_cache(maxsize=1024)
def _parts(text: str) -> list[tuple[str, str, str, str, str]]:
    """The comparisons of a key condition: name, how, placeholder, second placeholder, or a placeholder of a prefix."""
    return [(one["name"], one["how"], one["one"], one["two"], one["prefix"]) for one in _KEY.finditer(text)]
