"""A new day costs by whom it changes, not by how many customers there are. `make cost` shows it for 100,000."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import day_of_upkeep, flow
from tests.support.engine_world import on_engine
from tests.support.post import post_office
from tests.support.shop import Shop

if TYPE_CHECKING:
    from infra.local.engine import Engine
    from tests.support.meter import Cost

DUE = 10


def new_day(engine: Engine, *, customers: int) -> tuple[Cost, int]:
    """What it costs, and how many stand in the group by then."""
    with pytest.MonkeyPatch.context() as patch, on_engine(patch, engine), post_office() as post:
        shop = Shop(post)
        shop.stop_clock(patch)
        day_of_upkeep.prepare(shop, customers=customers, due=DUE)
        assert members() == 0
        cost = day_of_upkeep.next_day(shop)
        return cost, members()


def members() -> int:
    return len([key for key in flow.view_keys() if key[0] == "SEGMENT#1#name"])


def test_a_day_costs_the_same_for_five_times_as_many_customers(engine: Engine) -> None:
    few, joined = new_day(engine, customers=100)
    many, joined_too = new_day(engine, customers=500)
    assert joined == joined_too == DUE
    assert few.figures() == many.figures()
    assert few.write_units > 0
