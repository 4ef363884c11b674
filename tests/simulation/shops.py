"""The customers of a simulated period in two shops, each a process of its own where there are cores.

There are always two, and each has its own draw: how many processes live through them changes nothing.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.simulation import report
from tests.simulation.year import Year

if TYPE_CHECKING:
    from tests.simulation.report import Report

SHOPS = 2


def lived(*, seed: int, customers: int, days: int, closing: int = 6, parallel: int = 2, loud: bool = False) -> Report:
    """Live through `days` in all shops, `parallel` of them at once; `loud`: say how far each is, once a month."""
    live = partial(_live, seed=seed, customers=customers, days=days, closing=closing, loud=loud)
    # Each in a fresh process, so that none depends on what another has left behind.
    with ProcessPoolExecutor(parallel, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        return report.together(pool.map(live, range(SHOPS)))


def _live(shop: int, *, seed: int, customers: int, days: int, closing: int, loud: bool) -> Report:
    began = time.monotonic()

    def tell(line: str) -> None:
        if loud and line[8:10] == "01":
            print(f"shop {shop + 1}: {line}  ({time.monotonic() - began:.0f} s)", flush=True, file=sys.__stdout__)

    share = customers // SHOPS + (shop < customers % SHOPS)
    return Year(seed=seed * SHOPS + shop, customers=share, days=days, closing=closing, tell=tell).live()
