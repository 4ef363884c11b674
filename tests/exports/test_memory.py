"""What a file needs of memory while it is written does not grow with it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from crm.exports import cells
from crm.exports.chain import _Counted
from crm.exports.writers import WRITERS

MARK_BYTES = 150
"""Of each customer something is kept, so that who moves in the list comes once."""
MEGABYTE = 1 << 20


def people(count: int) -> Iterator[dict[str, Any]]:
    facts = {"spent": "0.00", "purchases": 0, "interactions": 0}
    for number in range(count):
        named = {"id": f"id{number}", "name": f"Customer {number}", "address": f"House {number}, a long street" * 4}
        yield {"version": 1, "kind": "person", "tags": [], "custom": {}, "facts": facts, **named}


def peak(format_: str, count: int) -> int:
    counted = _Counted(people(count))
    tracemalloc.start()
    for _ in counted.measured(WRITERS[format_][0](counted.once(), cells.layout("customers", ()))):
        pass
    _, found = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counted.rows == count
    return found


@pytest.mark.parametrize("format_", ["csv", "jsonl", "xlsx"])
def test_three_times_as_many_rows_need_no_more_memory(format_: str) -> None:
    few, many = 2_000, 6_000
    peak(format_, 10)
    assert peak(format_, many) < peak(format_, few) + MARK_BYTES * (many - few) + MEGABYTE // 4
