"""What a change of a customer costs under twenty groups: write units with their parts, and CPU beside a raw call."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from crm.core import table
from crm.core.config import settings
from crm.views import refresh
from infra.local.engine import Engine
from tests.bench.figure import Figure, Units, cpu_seconds
from tests.support import members
from tests.support.engine_world import on_engine
from tests.support.members import Facts, Key
from tests.support.meter import Cost

SUMS_ALONE, FOR_EACH_ENTRY = 3.0, 5.0
NAMES = {"STATE": "states", "TOTAL": "totals", "WAKING": "wake"}
TIMES = 9
MOST_CPU = 0.85


def measure() -> Iterator[Figure | Units]:
    for rules in ((), (members.LAPSED,)):
        with _engine() as patch:
            yield from _units(members.prepare(patch, *rules), about_time=bool(rules))
    with _engine() as patch:
        yield from _cpu(members.prepare(patch))


class _engine:  # noqa: N801 - a context manager, used like a function
    """An engine of one's own with empty tables."""

    def __enter__(self) -> pytest.MonkeyPatch:
        self._folder = tempfile.TemporaryDirectory()
        self._patch = pytest.MonkeyPatch()
        self._engine = Engine(directory=Path(self._folder.name), log=lambda _: None)
        self._engine.start()
        self._patch.setenv("LOG_LEVEL", "CRITICAL")
        self._world = on_engine(self._patch, self._engine)
        self._world.__enter__()
        return self._patch

    def __exit__(self, *_: object) -> None:
        self._world.__exit__(None, None, None)
        self._engine.stop()
        self._patch.undo()
        self._folder.cleanup()


def _units(keys: list[Key], *, about_time: bool) -> Iterator[Units]:
    """For each kind of change, what it costs each of a hundred customers."""
    changes: dict[str, Callable[[Facts], Facts]] = {
        "a late call: only sums": members.late_call,
        "a purchase: sums and entries": members.purchase,
        "the same again: nothing": members.purchase,
    }
    for name, how in changes.items():
        members.change(keys, how)
        cost = members.project(keys)
        moved = members.moved(cost) / len(keys)
        limit = SUMS_ALONE + FOR_EACH_ENTRY * moved if cost.write_units else 0
        rules = "20 groups, one of them about time" if about_time else "20 groups"
        yield _of(f"{name} ({moved:g} entries move; {rules})", cost, limit=limit, customers=len(keys))
    members.change(keys[:1], lambda facts: members.late_call(members.purchase(facts)))
    burst = members.project(keys[:1] * 100)
    yield _of("a hundred changes of one customer: once", burst, limit=2 + 2 * members.GROUPS, customers=1)


def _of(name: str, cost: Cost, *, limit: float, customers: int) -> Units:
    parts: dict[str, float] = dict.fromkeys((*NAMES.values(), "listings"), 0.0)
    for kind, units in cost.written.items():
        parts[NAMES.get(kind, "listings")] += units / customers
    each = cost.write_units / customers
    return Units(name=name, write_units=each, parts=parts, read_units=cost.read_units / customers, limit=limit)


def _cpu(keys: list[Key]) -> Iterator[Figure]:
    """Of a projection with its reads and writes, in batches of a hundred; what stood before is not looked at again."""
    gc.freeze()
    numbers, key = count(1), table.to_item({"pk": keys[0][0], "sk": keys[0][1]})

    def change() -> None:
        number = next(numbers)
        members.change(keys, lambda facts: facts | {"interactions": facts["interactions"] + number})

    def raw() -> Any:
        return table.client().get_item(TableName=settings().crm_table, Key=key, ConsistentRead=True)

    ours, reference = [], []
    for _ in range(TIMES):
        change()
        ours.append(cpu_seconds(lambda: refresh.refresh_batch(keys), times=1) / len(keys))
        # A stretch of as many, like ours: the quickest single call of a hundred would be no measure of a hundred.
        reference.append(cpu_seconds(lambda: [raw() for _ in keys], times=1) / len(keys))
    name = f"CPU of a projection of one customer (at most {MOST_CPU})"
    yield Figure(name=name, ours=min(ours), reference=min(reference), reference_name="a raw GetItem of botocore")
