"""A new day costs by whom it changes, not by how many customers there are. `make cost` shows it for 100,000."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import day_of_upkeep, flow
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.shop import Shop

if TYPE_CHECKING:
    from tests.support.meter import Cost

DUE = 10


def new_day(*, customers: int) -> tuple[Cost, int]:
    """What it costs, and how many stand in the group by then."""
    post = Post()
    with pytest.MonkeyPatch.context() as patch, in_memory(patch, memory=Memory(), post=post):
        shop = Shop(post)
        shop.stop_clock(patch)
        day_of_upkeep.prepare(shop, customers=customers, due=DUE)
        assert members() == 0
        cost = day_of_upkeep.next_day(shop)
        return cost, members()


def members() -> int:
    return len([key for key in flow.view_keys() if key[0] == "SEGMENT#1#name"])


def test_a_day_costs_the_same_for_five_times_as_many_customers() -> None:
    few, joined = new_day(customers=100)
    many, joined_too = new_day(customers=500)
    assert joined == joined_too == DUE
    assert few.figures() == many.figures()
    assert few.write_units > 0
