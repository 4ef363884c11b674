"""The claim: one transaction that sends a mail only to who still wants it, and not more than enough."""

from __future__ import annotations

from typing import Any

import pytest

from crm.business.models import PARTITION, SORT, Customs
from crm.core import clock
from crm.mail import service
from crm.mail.orders import Order
from crm.mail.sources import Draft, Source, no_follow
from tests.support import faults
from tests.support.post import event
from tests.support.shop import Shop, birthday_of

MOST_CALLS = 40


DAYS = {f"day{number}": "--11-21" for number in range(3)}


def customs(**decided: Any) -> None:
    Customs(PARTITION, SORT, version=1, updated_at=clock.stamp(), **decided).save()


def rules(shop: Shop, count: int) -> list[Order]:
    """Rules about a day each of the business's own, all of them today, and the orders under them."""
    day = {"occasion": "custom_anniversary", "template": "birthday"}
    return [
        birthday_of("sunita", rule=shop.greeting(f"rule{number}", field=f"day{number}", **day))
        for number in range(count)
    ]


def campaign(**draft: Any) -> Source:
    known = {"template": "birthday", "purpose": "greeting", "values": {"date": None}, **draft}
    return Source(draft=lambda *_: Draft(**known), follow=no_follow)


def outcome(shop: Shop, order: Order) -> tuple[str, str | None]:
    message = shop.message(order)
    return message.state, message.reason_code


def test_the_cap_holds_over_all_rules_and_a_week_later_there_is_room(shop: Shop) -> None:
    customs(cap_mails=2, cap_days=7)
    shop.customer(custom=DAYS)
    for order in rules(shop, 3):
        shop.mailer(order.text())
        shop.mailer(order.text())
    assert [outcome(shop, birthday_of("sunita", rule=f"rule{number}")) for number in range(3)] == [
        ("accepted", None),
        ("accepted", None),
        ("withheld", "cap"),
    ]
    shop.at("2027-11-21T05:00Z").mailer(birthday_of("sunita", 2027, "rule2").text())
    assert outcome(shop, birthday_of("sunita", 2027, "rule2")) == ("accepted", None)


def test_a_reminder_takes_no_place_and_needs_none(shop: Shop) -> None:
    customs(cap_mails=1, cap_days=7)
    shop.customer(custom=DAYS)
    [greeting] = rules(shop, 1)
    for order in (shop.reminder(reminder_id="first"), greeting, shop.reminder(reminder_id="second")):
        shop.mailer(order.text())
    assert len(shop.post.accepted) == 3


def test_two_mailers_never_pass_the_cap_together_wherever_they_meet(quick_shop: Shop) -> None:
    shop = quick_shop
    customs(cap_mails=1, cap_days=7)
    rules(shop, 2)
    for call in range(1, MOST_CALLS):
        customer = shop.customer(f"c{call}", custom=DAYS)
        first, second = (birthday_of(customer, rule=rule) for rule in ("rule0", "rule1"))

        def other(order: Order = second) -> None:
            shop.mailer(order.text())

        with faults.interrupted(at=call, by=other) as calls:
            shop.mailer(first.text())
        if len(calls) < call:
            return
        met = f"met at call {call}"
        assert sorted([outcome(shop, first), outcome(shop, second)], key=str) == [
            ("accepted", None),
            ("withheld", "cap"),
        ], met
    raise AssertionError("the mailer makes more calls than expected")


def test_one_occasion_is_mailed_under_one_rule(shop: Shop) -> None:
    shop.customer()
    first, second, third = rules(shop, 3)
    service.send(first, source=campaign(occasion="birthday:2026"))
    service.send(second, source=campaign(occasion="birthday:2026"))
    service.send(third, source=campaign(occasion="feast.eid:1448"))
    assert outcome(shop, second) == ("withheld", "same_occasion")
    assert shop.post.keys() == [first.key, third.key]


@pytest.mark.parametrize(
    ("consent", "state"),
    [(None, "withheld"), ({"greeting": True}, "withheld"), ({"marketing": True}, "accepted")],
)
def test_advertising_wants_a_yes(shop: Shop, consent: dict[str, bool] | None, state: str) -> None:
    shop.customer(consent=consent)
    order = birthday_of("sunita", rule="campaign")
    service.send(order, source=campaign(purpose="marketing"))
    assert shop.message(order).state == state


def test_a_reminder_in_doubt_that_may_not_go_again_stays_in_doubt_and_says_so(shop: Shop) -> None:
    shop.customer()
    order = shop.reminder()
    with faults.losing_answer(operations=["SendEmail"]):
        shop.mailer(order.text())
    shop.customer(consent={"service": False})
    for _ in range(2):
        shop.wait(minutes=16).tick()
        shop.deliver()
    message = shop.message(order)
    assert outcome(shop, order) == ("unknown", "no_consent")
    assert "may or may not have gone out" in str(message.reason)
    assert (shop.state_of(order), len(message.history)) == ("in_doubt", 4)
    shop.happen(event(shop.post.accepted[0], "Delivery"))
    assert (outcome(shop, order), shop.state_of(order)) == (("delivered", None), "sent")
