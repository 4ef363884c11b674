"""Makes the engine's reads cost what they return. By itself it sorts a whole table for each page of a scan, and reads
each expression anew for each item it looks at: with a hundred thousand items that took longer than callers wait.

Part of `infra.local.engine_server`; runs only in the engine's environment. What is answered stays the engine's own: a
scan is given the part of the table that its page comes from, and an expression once found sound is not checked again.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any

from ministack.services import dynamodb

PAGE_BYTES = 1_048_576
Items = dict[str, dict[str, Any]]


class Partitions(defaultdict[str, Items]):
    """The items of a table by partition key, and those keys in order."""

    def __init__(self, items: dict[str, Items]) -> None:
        super().__init__(dict, items)
        self._order: list[str] | None = None
        self._added: list[str] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> defaultdict[str, Items]:
        return deepcopy(defaultdict(dict, self), memo)

    def setdefault(self, key: str, default: Items | None = None) -> Items:
        """As of a dict; the engine adds by this alone."""
        if key not in self:
            self._added.append(key)
        return super().setdefault(key, {} if default is None else default)

    def __setitem__(self, key: str, value: Items) -> None:
        self._order = None
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._order = None
        super().__delitem__(key)

    def order(self) -> list[str]:
        """All keys, sorted."""
        if self._order is None:
            self._order = sorted(self)
        elif self._added:
            # Two sorted runs: this compares each key about once.
            self._order += sorted(self._added)
            self._order.sort()
        self._added = []
        return self._order


def prepare() -> None:
    """Put the faster ways in place of the engine's."""
    dynamodb._tokenize = _tokens(dynamodb._tokenize)
    dynamodb._evaluate_condition = _evaluation(dynamodb._evaluate_condition)
    dynamodb._scan = _scan(dynamodb._scan)


def _tokens(read: Any) -> Any:
    known = lru_cache(maxsize=4096)(lambda expression: tuple(read(expression)))
    return lambda expression: list(known(expression))


def _evaluation(evaluate: Any) -> Any:
    sound: set[tuple[str, str]] = set()

    def evaluated(expr: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> Any:
        # The bounds of BETWEEN are checked with their values.
        if (expr, slot) in sound and "BETWEEN" not in expr.upper():
            try:
                return dynamodb._ExprEval(dynamodb._tokenize(expr), item, values, names).evaluate()
            except Exception:  # noqa: BLE001 - the engine words its errors itself, below
                sound.discard((expr, slot))
        found = evaluate(expr, item, values, names, slot)
        if expr:
            sound.add((expr, slot))
        return found

    return evaluated


def _scan(scan: Any) -> Any:
    def scanned(asked: dict[str, Any]) -> Any:
        name = dynamodb._normalize_table_name(asked.get("TableName"))
        table = dynamodb._tables.get(name)
        if not table or asked.get("IndexName") or not _is_plain(asked):
            return scan(asked)
        if not isinstance(table["items"], Partitions):
            table["items"] = Partitions(table["items"])
        dynamodb._tables[name] = {**table, "items": dict(_page(table, asked))}
        try:
            return scan(asked)
        finally:
            dynamodb._tables[name] = table

    return scanned


def _is_plain(asked: dict[str, Any]) -> bool:
    """Whether paging is asked for in numbers; what is wrong with a request is the engine's to say."""
    numbers = [asked.get(name) for name in ("Limit", "Segment", "TotalSegments")]
    return all(one is None or (type(one) is int and one >= 0) for one in numbers) and asked.get("TotalSegments") != 0


def _page(table: dict[str, Any], asked: dict[str, Any]) -> Iterator[tuple[str, Items]]:
    """The partitions from which the page comes, and one more than it can hold."""
    items, order = table["items"], table["items"].order()
    start = asked.get("ExclusiveStartKey") or {}
    first = bisect_left(order, dynamodb._extract_key_val(start[table["pk_name"]])) if table["pk_name"] in start else 0
    most, held, size = asked.get("Limit"), 0, 0
    for place in range(first, len(order)):
        key = order[place]
        if not _is_of_segment(key, asked):
            continue
        yield key, items[key]
        if place == first:
            # Some of its items may lie before the start.
            continue
        held += len(items[key])
        size += sum(map(dynamodb._item_size_bytes, items[key].values()))
        if size > PAGE_BYTES or (most is not None and held > most):
            return


def _is_of_segment(key: str, asked: dict[str, Any]) -> bool:
    segments = asked.get("TotalSegments")
    if segments is None:
        return True
    # As the engine parts them.
    digest = hashlib.sha1(str(key).encode()).digest()  # noqa: S324 - not for secrecy
    return bool(int.from_bytes(digest[:4], "big") % segments == asked.get("Segment"))
