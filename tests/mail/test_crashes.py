"""The mailer dies before or after any of its AWS calls, or an answer is lost, and its order comes again.

Nobody gets two greetings and nothing is lost silently: every message ends sent, or says why not. A reminder may go
again where it is in doubt, after a while, and not for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from crm.mail.orders import Order
from tests.support import faults
from tests.support.post import event
from tests.support.shop import Shop, birthday_of

MOST_CALLS = 40
Place = Callable[[Shop, int], Order]


def greeting(shop: Shop, number: int) -> Order:
    return birthday_of(shop.customer(f"c{number}", birthday="1990-11-21"))


def customer_reminder(shop: Shop, number: int) -> Order:
    return shop.reminder(f"CUSTOMER#{shop.customer(f'c{number}')}", f"r{number}")


def staff_reminder(shop: Shop, number: int) -> Order:
    return shop.reminder(f"STAFF#{shop.member(f's{number}')}", f"r{number}")


@dataclass
class Fault:
    """One fault: the process dies before or after the k-th call, or the answer of that call is lost."""

    call: int
    kind: str
    reached: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.call}"

    def strike(self, run: Callable[[], object]) -> None:
        """Run under the fault and note whether the run came so far."""
        if self.kind == "answer lost":
            with faults.losing_answer(at=self.call) as calls:
                run()
            self.reached = len(calls) >= self.call
            return
        point = faults.CrashPoint(self.call, self.kind)
        with point:
            run()
        self.reached = point.reached


def all_faults() -> Iterator[Fault]:
    """Before, after and answer lost, call by call, until the run has no such call."""
    for call in range(1, MOST_CALLS):
        tried = [Fault(call, kind) for kind in ("before", "after", "answer lost")]
        yield from tried
        if not any(fault.reached for fault in tried):
            return
    raise AssertionError("the mailer makes more calls than expected")


def deliveries(shop: Shop, order: Order, fault: Fault, *, report_first: bool) -> None:
    """The order is delivered until it is carried out; the first delivery meets the fault."""
    fault.strike(lambda: shop.mailer(order.text()))
    if report_first:
        reports(shop, order)
    for _ in range(3):
        shop.wait(minutes=3).mailer(order.text())


def reports(shop: Shop, order: Order) -> None:
    mails = [mail for mail in shop.post.accepted if mail.key == order.key]
    for mail in mails:
        shop.happen(*[event(mail, kind) for kind in ("Delivery", "Send", "Delivery")])


def sent(shop: Shop, order: Order) -> int:
    return shop.post.keys().count(order.key)


def check(shop: Shop, order: Order, *, reported: bool) -> None:
    """Sent at most once; and where it is not known to be sent the message says why, or SES has said nothing."""
    message, times = shop.message(order), sent(shop, order)
    assert times <= 1
    if message.state == "unknown":
        assert message.reason
        assert not (times and reported), "SES's report must settle it"
    else:
        assert (message.state, times) in {("accepted", 1), ("delivered", 1)}
    if order.kind == "reminder":
        assert shop.state_of(order) == ("in_doubt" if message.state == "unknown" else "sent")


@pytest.mark.parametrize("report_first", [False, True], ids=["SES reports last", "SES reports first"])
@pytest.mark.parametrize("place", [greeting, customer_reminder, staff_reminder], ids=lambda place: place.__name__)
def test_a_message_survives_a_fault_at_every_call(quick_shop: Shop, place: Place, report_first: bool) -> None:
    shop, tried = quick_shop, 0
    shop.greeting()
    for number, fault in enumerate(all_faults()):
        order = place(shop, number)
        deliveries(shop, order, fault, report_first=report_first)
        check(shop, order, reported=report_first)
        reports(shop, order)
        check(shop, order, reported=True)
        tried += fault.reached
    assert tried > 15


@pytest.mark.parametrize("place", [customer_reminder, staff_reminder], ids=lambda place: place.__name__)
def test_a_reminder_in_doubt_goes_again_after_a_while_and_not_for_ever(shop: Shop, place: Place) -> None:
    order = place(shop, 1)
    for attempt in range(1, 6):
        with faults.losing_answer(operations=["SendEmail"]):
            shop.tick()
            shop.deliver()
        assert sent(shop, order) == min(attempt, 3)
        assert shop.tick() == 0, "not before a quarter of an hour"
        shop.wait(minutes=16)
    assert shop.state_of(order) == "in_doubt"


def test_a_greeting_in_doubt_stays_unsent_until_the_report_settles_it(shop: Shop) -> None:
    shop.greeting()
    order = greeting(shop, 1)
    with faults.losing_answer(operations=["SendEmail"]):
        shop.mailer(order.text())
    for _ in range(4):
        shop.wait(minutes=30).tick()
        shop.deliver()
        shop.mailer(order.text())
    assert (shop.message(order).state, sent(shop, order)) == ("unknown", 1)
    assert "may or may not" in str(shop.message(order).reason)
    reports(shop, order)
    settled = shop.message(order)
    assert settled.state == "delivered"
    assert settled.reason is None


def test_the_tick_may_die_anywhere(quick_shop: Shop) -> None:
    shop = quick_shop
    shop.greeting()
    orders = [greeting(shop, number) for number in range(12)]
    orders += [customer_reminder(shop, number) for number in range(12, 15)]
    shop.views()
    for point in faults.crash_points():
        with point:
            shop.fire()
    shop.deliver()
    assert sorted(shop.post.keys()) == sorted(order.key for order in orders)


@pytest.mark.parametrize("place", [greeting, customer_reminder, staff_reminder], ids=lambda place: place.__name__)
def test_two_mailers_with_the_same_order_send_it_once_wherever_they_meet(quick_shop: Shop, place: Place) -> None:
    shop, met = quick_shop, True
    shop.greeting()
    for call in range(1, MOST_CALLS):
        order = place(shop, call)

        def other(order: Order = order) -> None:
            shop.mailer(order.text())

        with faults.interrupted(at=call, by=other) as calls:
            shop.mailer(order.text())
        met = len(calls) >= call
        assert (sent(shop, order), shop.message(order).state) == (1, "accepted"), f"met at call {call}"
        if not met:
            return
    raise AssertionError("the mailer makes more calls than expected")
