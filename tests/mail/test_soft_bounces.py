"""A full mailbox once is nothing; three days in a row without a delivery close the address. In any order, once each."""

from __future__ import annotations

import itertools
import random

import pytest

from crm.suppressions import service as suppressions
from tests.support import faults
from tests.support.post import event
from tests.support.shop import Shop

ADDRESS = "sunita@example.org"
SOFT = "Bounce"


@pytest.fixture
def mails(quick_shop: Shop) -> list[str]:
    """Keys of five reminders that were handed over, one a day from the 21st to the 25th of November."""
    shop = quick_shop
    shop.customer()
    found = []
    for number in range(5):
        order = shop.reminder(reminder_id=f"r{number}")
        shop.mailer(order.text())
        found.append(order.key)
        shop.wait(days=1)
    return found


def report(key: str, kind: str, at: str) -> str:
    detail = {"timestamp": f"2026-11-{at}:00.000Z", **({"bounceType": "Transient"} if kind == SOFT else {})}
    return event(key, kind, **detail)


def closed() -> bool:
    return "soft_bounces" in suppressions.read(ADDRESS).stops


def test_three_days_in_a_row_close_the_address_and_the_next_mail_says_why(quick_shop: Shop, mails: list[str]) -> None:
    shop = quick_shop
    for number, day in enumerate(("21T10:00", "22T10:00", "23T10:00")):
        assert not closed()
        shop.happen(report(mails[number], SOFT, day))
    assert closed()
    order = shop.reminder(reminder_id="next")
    shop.mailer(order.text())
    assert (shop.message(order).state, shop.message(order).reason_code) == ("withheld", "suppressed")
    assert "3 days" in str(shop.message(order).reason)


def test_one_day_counts_once(quick_shop: Shop, mails: list[str]) -> None:
    shop = quick_shop
    shop.happen(*(report(key, SOFT, f"21T1{number}:00") for number, key in enumerate(mails)))
    assert not closed()


def test_a_delivery_in_between_begins_anew(quick_shop: Shop, mails: list[str]) -> None:
    shop = quick_shop
    days = [(SOFT, "21T10:00"), (SOFT, "22T10:00"), ("Delivery", "22T12:00"), (SOFT, "23T10:00"), (SOFT, "24T10:00")]
    shop.happen(*(report(key, kind, at) for key, (kind, at) in zip(mails, days, strict=True)))
    assert not closed()


def test_the_order_and_the_number_of_reports_change_nothing(quick_shop: Shop, mails: list[str]) -> None:
    shop = quick_shop
    days = [(SOFT, "21T10:00"), (SOFT, "22T10:00"), ("Delivery", "22T12:00"), (SOFT, "24T10:00")]
    reports = [report(key, kind, at) for key, (kind, at) in zip(mails, days, strict=False)]
    draw = random.Random(3)  # noqa: S311 - repeatable on purpose
    orders = list(itertools.permutations(range(4)))
    for order in draw.sample(orders, 12):
        customer = f"c{''.join(map(str, order))}"
        shop.customer(customer)
        for number in range(4):
            mailed = shop.reminder(f"CUSTOMER#{customer}", f"r{number}")
            shop.mailer(mailed.text())
        keys = [f"customer_{customer}_r{number}_once" for number in range(4)]
        for number in (*order, *order):
            shop.happen(reports[number].replace(mails[number], keys[number]))
        assert not suppressions.read(f"{customer}@example.org").stops, order


def test_whoever_opens_the_address_again_begins_with_none(quick_shop: Shop, mails: list[str]) -> None:
    shop = quick_shop
    reports = [report(key, SOFT, f"2{number}T10:00") for number, key in enumerate(mails[:3], start=1)]
    shop.happen(*reports)
    suppressions.lift(ADDRESS)
    shop.happen(*reports)
    assert not closed(), "reports that come again are old"
    shop.happen(report(mails[3], SOFT, "24T10:00"))
    assert not closed()


def test_the_counting_may_die_anywhere(quick_shop: Shop) -> None:
    shop = quick_shop
    for number, point in enumerate(faults.crash_points()):
        customer = shop.customer(f"c{number}")
        orders = [shop.reminder(f"CUSTOMER#{customer}", f"r{number}n{day}") for day in range(3)]
        for order in orders:
            shop.mailer(order.text())
        reports = [report(order.key, SOFT, f"2{day}T10:00") for day, order in enumerate(orders, start=1)]
        shop.happen(*reports[:2])
        with point:
            shop.happen(reports[2])
        shop.happen(reports[2])
        assert list(suppressions.read(f"{customer}@example.org").stops) == ["soft_bounces"]


def test_a_bounce_without_a_time_counts_for_the_day_of_its_mail(quick_shop: Shop, mails: list[str]) -> None:
    shop = quick_shop
    shop.happen(*(event(key, SOFT, bounceType="Transient") for key in mails[:3]))
    assert closed()
