"""What a new day costs as customers grow: `python -m tests.bench.upkeep_cost [customers …]`.

The first tick after midnight and the job that it queues, with a hundred customers who join a group by the passing of
time alone. Units by DynamoDB's rounding rules, from the bytes that travel between the functions and the local engine.
"""

from __future__ import annotations

import sys
from functools import partial

from tests.bench.greetings_cost import CUSTOMERS, measured, say
from tests.support import day_of_upkeep
from tests.support.meter import Cost
from tests.support.shop import Shop


def main(customers: list[int]) -> None:
    say(f"a new day, on which {day_of_upkeep.DUE} customers join a group by time alone")
    say(f"{'customers':>10} {'reads':>8} {'writes':>8} {'round trips':>12}")
    for count in customers:
        cost: Cost = measured(partial(_day, customers=count))
        say(f"{count:>10,} {cost.read_units:>8g} {cost.write_units:>8g} {cost.round_trips:>12,}")


def _day(shop: Shop, customers: int) -> Cost:
    day_of_upkeep.prepare(shop, customers=customers)
    return day_of_upkeep.next_day(shop)


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or list(CUSTOMERS))
