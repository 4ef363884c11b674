"""A tick costs by who is due: neither customers nor the zones they live in count. `make cost` shows it for 100,000."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import crowd, day_of_greetings
from tests.support.day_of_greetings import DUE, Day
from tests.support.engine_world import on_engine
from tests.support.post import post_office
from tests.support.shop import Shop

if TYPE_CHECKING:
    from infra.local.engine import Engine


def day_of(engine: Engine, *, customers: int) -> Day:
    with pytest.MonkeyPatch.context() as patch, on_engine(patch, engine), post_office() as post:
        shop = Shop(post)
        shop.stop_clock(patch)
        day_of_greetings.prepare(shop, customers=customers, zones=40)
        return day_of_greetings.whole_day(shop, ticks_an_hour=1)


def test_a_day_of_greetings_costs_the_same_for_ten_times_as_many_customers(engine: Engine) -> None:
    few, many = (day_of(engine, customers=customers) for customers in (100, 1000))
    assert few.mails == many.mails == DUE
    assert few.ticks.figures() == many.ticks.figures()
    assert few.ticks.read_units > 0


def test_an_idle_tick_costs_the_same_wherever_customers_live(busy_shop: Shop) -> None:
    busy_shop.at("2026-08-01T12:00Z").greeting()
    figures = []
    for zones in (1, 40, 400):
        crowd.add(400, zone_names=crowd.zones(zones), months=range(1, 7))
        figures.append(day_of_greetings.idle(busy_shop).figures())
    assert figures[0] == figures[1] == figures[2]
    # What the business decided, the rules and the days; then two dates, each with one Query; and the mark of the views
    # beside the first of them.
    assert figures[0] == (6, 0, 5)
