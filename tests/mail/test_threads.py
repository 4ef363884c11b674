"""Two real threads with the same event, on the local engine: nothing says where they meet but the machine.

Where two functions can meet at all is tried call by call elsewhere (test_every_call.py, in seeded interleavings); here
the interleaving is the operating system's, and so are the connections and the engine's transactions.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.mail.test_crashes import check, customer_reminder, greeting, reports, sent, staff_reminder
from tests.support.faults import Crash, CrashPoint
from tests.support.post import event
from tests.support.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crm.mail.orders import Order

    Place = Callable[[Shop, int], Order]

FEW = range(6)
MANY = range(1_000, 1_000 + int(os.environ.get("SEEDS", "300")))
PLACES = [greeting, customer_reminder, staff_reminder]
LAST_CALL = 30


@pytest.fixture(autouse=True)
def _eager_threads() -> Iterator[None]:
    """Python changes threads a hundred times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 100)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_two_threads_with_the_same_order_send_it_once(busy_shop: Shop, place: Place) -> None:
    busy_shop.greeting()
    for seed in FEW:
        one_meeting(busy_shop, place, seed)


@pytest.mark.soak
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_two_threads_with_the_same_order_send_it_once_very_often(busy_shop: Shop, place: Place) -> None:
    busy_shop.greeting()
    for seed in MANY:
        one_meeting(busy_shop, place, seed)


def test_two_ticks_at_once_and_two_mailers_send_everything_once(busy_shop: Shop) -> None:
    shop = busy_shop
    shop.greeting()
    orders = [greeting(shop, 1), customer_reminder(shop, 2), staff_reminder(shop, 3)]
    shop.views()
    at_once(shop.fire, shop.fire)
    at_once(shop.deliver, shop.deliver)
    assert sorted(shop.post.keys()) == sorted(order.key for order in orders)
    assert {shop.message(order).state for order in orders} == {"accepted"}


def one_meeting(shop: Shop, place: Place, seed: int) -> None:
    """An order comes one to three times to each of two threads, one of which may die at one of its calls."""
    draw = random.Random(seed)  # noqa: S311 - repeatable as far as threads are
    order, deliveries = place(shop, seed), draw.randint(1, 3)

    def deliver() -> None:
        for _ in range(deliveries):
            assert shop.mailer(order.text()) == set()

    # In every other meeting whichever thread makes the call dies at it; call 0 is never made.
    with CrashPoint(seed % 2 * draw.randint(1, LAST_CALL), draw.choice(["before", "after"])) as point:
        at_once(deliver, deliver)
    if not point.reached:
        assert (sent(shop, order), shop.message(order).state) == (1, "accepted"), f"seed {seed}"
    shop.wait(minutes=3)
    at_once(deliver, deliver)
    check(shop, order, reported=False)
    for mail in [mail for mail in shop.post.accepted if mail.key == order.key]:
        shop.happen(event(mail, "Send"))
        at_once(*[partial(shop.happen, event(mail, "Delivery"))] * 2)
    reports(shop, order)
    check(shop, order, reported=True)


def at_once(*works: Callable[[], object]) -> None:
    """Each runs in a thread of its own, from the same moment on. Raises what they raise, but for a death."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        start.wait(timeout=10)
        work()

    with ThreadPoolExecutor(len(works)) as pool:
        running = [pool.submit(run, work) for work in works]
    for one in running:
        failure = one.exception()
        if failure and not isinstance(failure, Crash):
            raise failure
