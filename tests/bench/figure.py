"""What a figure is: a time of ours over a reference time of the same run, for machines to be compared; or units."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`ours` and `reference` in seconds; `ratio` is what counts, and what is compared between versions."""

    name: str
    ours: float
    reference: float
    reference_name: str

    @property
    def ratio(self) -> float:
        return self.ours / self.reference

    def values(self) -> dict[str, Any]:
        """What is printed."""
        return {
            "figure": self.name,
            "ratio": round(self.ratio, 3),
            "ours_ms": round(self.ours * 1000, 3),
            "reference_ms": round(self.reference * 1000, 3),
            "reference": self.reference_name,
        }


@dataclass(frozen=True, kw_only=True)
class Units:
    """What a piece of work costs at DynamoDB for one customer, by DynamoDB's rules; the same on every machine."""

    name: str
    write_units: float
    parts: Mapping[str, float]
    read_units: float
    limit: float

    def values(self) -> dict[str, Any]:
        """What is printed."""
        return {
            "figure": self.name,
            "write_units": round(self.write_units, 2),
            "limit": self.limit,
            "parts": {part: round(units, 2) for part, units in self.parts.items()},
            "read_units": round(self.read_units, 2),
        }


def seconds(action: Callable[[], object], *, times: int) -> float:
    """The median time of one call, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return median(taken)


def cpu_seconds(action: Callable[[], object], *, times: int) -> float:
    """The least CPU time of one call in this process, in seconds: what a machine does for others only adds to it."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        action()
        taken.append(time.process_time() - start)
    return min(taken)
