"""Random days of a mailer: orders that come again and again, faults at any call, reports in any order, opt-outs.

Whatever happens: at most one greeting, a reminder again only where it was in doubt, nothing to whoever has refused,
and every message ends sent or with its reason.
"""

import os
import random

import pytest

from crm.mail.orders import Order
from tests.mail.test_crashes import Fault
from tests.support import faults
from tests.support.post import event
from tests.support.shop import Shop, birthday_of

SHORT = range(12)
LONG = range(1_000, 1_000 + int(os.environ.get("SEEDS", "600")))
KINDS = ("before", "after", "answer lost")
LAST_CALL = 9


def test_a_random_day_ends_right(quick_shop: Shop) -> None:
    for seed in SHORT:
        Day(quick_shop, seed).live()


@pytest.mark.soak
def test_very_many_random_days_end_right(quick_shop: Shop) -> None:
    for seed in LONG:
        Day(quick_shop, seed).live()


class Day:
    """One day with a greeting, a reminder to a customer and one to staff; all drawn from the seed."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.seed, self.chance = shop, seed, random.Random(seed)  # noqa: S311 - repeatable on purpose
        shop.at("2026-11-21T04:00Z").greeting()
        self.person = shop.customer(f"p{seed}", birthday="1990-11-21")
        staff = shop.member(f"s{seed}")
        self.greeting = birthday_of(self.person)
        self.reminders = [
            shop.reminder(f"CUSTOMER#{self.person}", f"c{seed}"),
            shop.reminder(f"STAFF#{staff}", f"t{seed}"),
        ]
        self.orders = [self.greeting, *self.reminders]
        self.sent_when_refused: int | None = None

    def live(self) -> None:
        actions = (self.deliver, self.deliver, self.deliver, self.report, self.wait, self.refuse_once, self.opt_out)
        for _ in range(self.chance.randint(4, 14)):
            self.chance.choice(actions)()
        for _ in range(6):
            self.shop.wait(minutes=20).mailer(*(order.text() for order in self.orders))
            self.report(everything=True)
        self.check()

    def deliver(self) -> None:
        order = self.chance.choice(self.orders)
        fault = Fault(self.chance.randint(1, LAST_CALL), self.chance.choice(KINDS))
        fault.strike(lambda: self.shop.mailer(order.text()))

    def report(self, *, everything: bool = False) -> None:
        mails = [mail for mail in self.shop.post.accepted if mail.key in {order.key for order in self.orders}]
        events = [event(mail, kind) for mail in mails for kind in ("Send", "Delivery")] * 2
        self.chance.shuffle(events)
        chosen = events if everything else events[: self.chance.randint(0, len(events))]
        if chosen:
            self.shop.happen(*chosen)

    def wait(self) -> None:
        self.shop.wait(minutes=self.chance.randint(1, 20))

    def refuse_once(self) -> None:
        with faults.refusing("SendEmail", error=faults.throttled("SendEmail"), times=1):
            self.shop.mailer(self.chance.choice(self.orders).text())

    def opt_out(self) -> None:
        if self.sent_when_refused is None and self.chance.random() < 0.3:
            self.shop.customer(self.person, birthday="1990-11-21", consent={"greeting": False})
            self.sent_when_refused = self.sent(self.greeting)

    def sent(self, order: Order) -> int:
        return self.shop.post.keys().count(order.key)

    def check(self) -> None:
        message, times = self.shop.message(self.greeting), self.sent(self.greeting)
        said = f"seed {self.seed}: {message.state}, sent {times} times, {message.reason}"
        assert times <= 1, said
        assert message.state == "delivered" if times else message.state in {"withheld", "unknown"}, said
        assert times or message.reason, said
        if self.sent_when_refused is not None:
            assert times == self.sent_when_refused, said
        for order in self.reminders:
            message, times = self.shop.message(order), self.sent(order)
            said = f"seed {self.seed}: {order.key}: {message.state}, sent {times} times, doubts {message.doubts}"
            assert (message.state, self.shop.state_of(order)) == ("delivered", "sent"), said
            assert 1 <= times <= 1 + int(message.doubts), said
