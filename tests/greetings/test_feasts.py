"""Feasts are everybody's: each zone at its hour, nobody twice, and nobody read again every quarter of an hour."""

from __future__ import annotations

from typing import Any

import pytest

from crm.business.models import PARTITION, SORT, Customs
from crm.core import clock
from crm.mail import queue
from tests.support.meter import metered
from tests.support.shop import Shop


def christmas(shop: Shop, **fields: Any) -> Shop:
    """A rule for Christmas, some days before it."""
    shop.at("2026-12-20T04:00Z").greeting("feast", occasion="feast", feast="christmas", template="feast", **fields)
    return shop


@pytest.fixture
def feast_shop(quick_shop: Shop) -> Shop:
    return christmas(quick_shop)


def customs(**decided: Any) -> None:
    Customs(PARTITION, SORT, version=1, updated_at=clock.stamp(), **decided).save()


def whole_day(shop: Shop, first: str, *, hours: int, step: float = 1) -> None:
    """Tick after tick; the mailer works in between."""
    shop.at(first).views()
    for _ in range(int(hours / step)):
        shop.fire()
        shop.deliver()
        shop.wait(hours=step)


def test_everybody_is_greeted_once_at_the_hour_of_their_zone(feast_shop: Shop) -> None:
    zones = ("Pacific/Kiritimati", "Asia/Kathmandu", None, "America/New_York", "Pacific/Pago_Pago")
    for number, zone in enumerate(zones):
        feast_shop.customer(f"c{number}", timezone=zone)
    whole_day(feast_shop, "2026-12-24T16:00Z", hours=30)
    assert feast_shop.post.keys() == [f"customer_c{number}_feast_2026" for number in range(5)]
    assert "Christmas" in feast_shop.post.accepted[0].subject


def test_who_comes_on_the_day_or_was_missed_is_found_by_a_later_look(feast_shop: Shop) -> None:
    feast_shop.customer("early")
    feast_shop.at("2026-12-25T04:00Z").tick()
    feast_shop.customer("late")
    assert [feast_shop.wait(minutes=15).tick() for _ in range(8)] == [0] * 7 + [2]
    feast_shop.deliver()
    assert sorted(feast_shop.post.keys()) == ["customer_early_feast_2026", "customer_late_feast_2026"]


def test_whom_the_queue_has_no_room_for_is_ordered_by_the_next_tick(
    feast_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 4)
    for number in range(6):
        feast_shop.customer(f"c{number}", timezone="America/New_York" if number < 2 else None)
    feast_shop.at("2026-12-25T14:05Z").views()
    for _ in range(2):
        feast_shop.fire()
        feast_shop.deliver()
        feast_shop.wait(minutes=15)
    assert len(feast_shop.post.keys()) == len(set(feast_shop.post.keys())) == 6


def test_who_moves_into_a_zone_that_is_through_gets_a_reason(feast_shop: Shop) -> None:
    known: dict[str, Any] = {"created_at": "2026-01-01T04:00:00.000000Z"}
    feast_shop.customer("mover", timezone="America/New_York", **known)
    feast_shop.at("2026-12-25T13:00Z").tick()
    feast_shop.customer("mover", timezone="Pacific/Kiritimati", **known)
    whole_day(feast_shop, "2026-12-25T14:00Z", hours=30)
    message = feast_shop.message("customer_mover_feast_2026")
    assert (message.state, message.reason_code) == ("expired", "day_passed")


def test_between_the_looks_a_feast_costs_no_more_with_more_customers(quick_shop: Shop) -> None:
    figures = []
    christmas(quick_shop)
    for count, look in ((1, "04:00"), (20, "06:00")):
        for number in range(count):
            quick_shop.customer(f"c{count}x{number}")
        quick_shop.at(f"2026-12-25T{look}Z").views()
        quick_shop.fire()
        quick_shop.wait(minutes=15)
        with metered() as cost:
            assert quick_shop.fire() == 0
        figures.append(cost.figures())
    assert figures[0] == figures[1]
    assert figures[0][2] > 0


def test_a_feast_on_a_day_of_rest_goes_out_on_the_working_day_before(quick_shop: Shop) -> None:
    customs(weekend=[5, 6])  # Christmas 2026 is a Friday
    christmas(quick_shop, rest_days="before")
    quick_shop.customer()
    whole_day(quick_shop, "2026-12-24T03:00Z", hours=3)
    assert quick_shop.message("customer_sunita_feast_2026").created_at.startswith("2026-12-24")


@pytest.mark.parametrize(("policy", "day"), [("keep", "2026-11-21"), ("before", "2026-11-20"), ("after", "2026-11-23")])
def test_a_birthday_on_a_day_of_rest_is_greeted_as_the_rule_says(shop: Shop, policy: str, day: str) -> None:
    shop.at("2026-11-18T04:00Z").greeting(rest_days=policy)
    shop.customer(birthday="--11-21")  # a Saturday
    for date in range(19, 25):
        shop.at(f"2026-11-{date}T05:00Z").tick()
        shop.deliver()
    [mail] = shop.post.accepted
    assert shop.message(mail.key).created_at.startswith(day)
