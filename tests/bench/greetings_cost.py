"""What greetings cost as customers and zones grow: `python -m tests.bench.greetings_cost [customers …]`.

One day of them, all 96 ticks, for the same twenty birthdays; and one tick with nobody due. Read units by DynamoDB's
rounding rules, from the bytes that travel between the functions and the local engine.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.local.engine import Engine
from tests.support import crowd, day_of_greetings
from tests.support.day_of_greetings import Day
from tests.support.engine_world import on_engine
from tests.support.meter import Cost
from tests.support.post import post_office
from tests.support.shop import Shop

CUSTOMERS = (1_000, 10_000, 100_000)
ZONES = (1, 40, 400)
LIVING = 40
IN_ZONES = 4_000


def main(customers: list[int]) -> None:
    say("one day, 96 ticks, 20 birthdays")
    say(f"{'customers':>10} {'reads':>8} {'writes':>8} {'round trips':>12}   {'mails':>6} {'reads':>8} {'writes':>8}")
    for count in customers:
        day: Day = measured(partial(_day, customers=count))
        ticks, mailing = day.ticks, day.mailing
        say(
            f"{count:>10,} {ticks.read_units:>8g} {ticks.write_units:>8g} {ticks.round_trips:>12,}   "
            f"{day.mails:>6} {mailing.read_units:>8g} {mailing.write_units:>8g}"
        )
    say("one tick, nobody due")
    say(f"{'zones':>10} {'reads':>8} {'writes':>8} {'round trips':>12}")
    for zones in ZONES:
        cost: Cost = measured(partial(_idle, zones=zones))
        say(f"{zones:>10} {cost.read_units:>8g} {cost.write_units:>8g} {cost.round_trips:>12}")


def _day(shop: Shop, customers: int) -> Day:
    day_of_greetings.prepare(shop, customers=customers, zones=LIVING)
    return day_of_greetings.whole_day(shop)


def _idle(shop: Shop, zones: int) -> Cost:
    shop.at("2026-08-01T12:00Z").greeting()
    crowd.add(IN_ZONES, zone_names=crowd.zones(zones))
    return day_of_greetings.idle(shop)


def measured(work: Callable[[Shop], Any]) -> Any:
    """What `work` says of a new shop on an engine of its own."""
    with _shop() as shop:
        return work(shop)


@contextmanager
def _shop() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        engine = Engine(directory=Path(folder), log=lambda _: None)
        engine.start()
        try:
            with on_engine(patch, engine), post_office() as post:
                patch.setenv("LOG_LEVEL", "CRITICAL")
                shop = Shop(post)
                shop.stop_clock(patch)
                yield shop
        finally:
            engine.stop()


def say(line: str) -> None:
    """To the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or list(CUSTOMERS))
