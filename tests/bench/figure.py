"""What a figure is: a time of ours over a reference time of the same run, so that machines can be compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


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


def seconds(action: Callable[[], object], *, times: int) -> float:
    """The median time of one call, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return median(taken)
