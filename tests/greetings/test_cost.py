"""A tick costs by who is due: neither customers nor the zones they live in count. `make cost` shows it for 100,000."""

from __future__ import annotations

import pytest

from tests.support import crowd, day_of_greetings
from tests.support.day_of_greetings import DUE, Day
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.shop import Shop


def day_of(*, customers: int) -> Day:
    post = Post()
    with pytest.MonkeyPatch.context() as patch, in_memory(patch, memory=Memory(), post=post):
        shop = Shop(post)
        shop.stop_clock(patch)
        day_of_greetings.prepare(shop, customers=customers, zones=40)
        return day_of_greetings.whole_day(shop, ticks_an_hour=1)


def test_a_day_of_greetings_costs_the_same_for_ten_times_as_many_customers() -> None:
    few, many = (day_of(customers=customers) for customers in (100, 1000))
    assert few.mails == many.mails == DUE
    assert few.ticks.figures() == many.ticks.figures()
    assert few.ticks.read_units > 0


def test_an_idle_tick_costs_the_same_wherever_customers_live(quick_shop: Shop) -> None:
    quick_shop.at("2026-08-01T12:00Z").greeting()
    figures = []
    for zones in (1, 40, 400):
        crowd.add(400, zone_names=crowd.zones(zones), months=range(1, 7))
        figures.append(day_of_greetings.idle(quick_shop).figures())
    assert figures[0] == figures[1] == figures[2]
    # What the business decided, the rules and the days; then two dates, each with one Query; and the mark of the views
    # beside the first of them.
    assert figures[0] == (6, 0, 5)
