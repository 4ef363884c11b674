"""Whose day it is: found by the day, for all zones at once, and confirmed from the profile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.calendar import service
from crm.calendar.occasions import Occasion, on
from crm.purchases import rules as purchases
from tests.support import faults
from tests.support.shop import NO_FACTS, Shop

KARACHI = ZoneInfo("Asia/Karachi")


def found(occasion: Occasion, day: str, **asked: Any) -> list[tuple[str, str, int | None]]:
    entries = service.entries(occasion, day=date.fromisoformat(day), leap_day="02-28", **asked)
    return [(entry.customer_id, entry.occurrence, entry.years) for entry in entries]


def yearly(source: str, **more: Any) -> Occasion:
    return Occasion(source, yearly=True, **more)


def test_a_day_is_asked_once_for_all_zones(shop: Shop) -> None:
    for number, zone in enumerate(("Asia/Kathmandu", "Pacific/Apia", "America/New_York", None)):
        shop.customer(f"c{number}", birthday="1990-11-21", timezone=zone)
    shop.customer("other", birthday="1990-11-22")
    shop.views()
    with faults.recording() as calls:
        entries = list(service.entries(yearly("birthday"), day=date(2026, 11, 21), leap_day="02-28"))
    assert calls == ["Query"]
    assert {(entry.customer_id, entry.zone) for entry in entries} == {
        ("c0", "Asia/Kathmandu"),
        ("c1", "Pacific/Apia"),
        ("c2", "America/New_York"),
        ("c3", "-"),
    }
    assert {(entry.occasion_on, entry.occurrence, entry.years) for entry in entries} == {
        (date(2026, 11, 21), "2026", 36)
    }


@pytest.mark.parametrize("source", ["birthday", "joined", "custom.wedding"])
def test_dates_come_round_every_year_after_the_first(shop: Shop, source: str) -> None:
    shop.customer(birthday="2020-02-29", joined_on="2020-02-29", custom={"wedding": "2020-02-29", "size": Decimal(3)})
    shop.views()
    assert found(yearly(source), "2020-02-29") == []
    assert found(yearly(source), "2021-02-28") == [("sunita", "2021", 1)]
    assert found(yearly(source), "2021-03-01") == []
    assert found(yearly(source), "2024-02-28") == []
    assert found(yearly(source), "2024-02-29") == [("sunita", "2024", 4)]


@pytest.mark.parametrize("source", ["first_purchase", "last_purchase", "last_contact", "registered"])
@pytest.mark.parametrize(
    ("zone", "day"), [(None, "2025-03-01"), ("Asia/Karachi", "2025-03-01"), ("America/New_York", "2025-02-28")]
)
def test_an_instant_was_on_the_local_day_of_the_customer(shop: Shop, source: str, zone: str | None, day: str) -> None:
    at = "2025-02-28T20:30:00.000000Z"  # 01:30 on 1 March in Karachi
    shop.at("2025-02-28T20:30Z")
    shop.customer(timezone=zone, facts=NO_FACTS | {f"{source}_at": at})
    shop.views()
    days = ["2025-02-27", "2025-02-28", "2025-03-01", "2025-03-02"]
    assert [one for one in days if found(Occasion(source, yearly=False), one)] == [day]
    assert [one for one in days if found(yearly(source), one.replace("2025", "2031"))] == [day]
    assert found(Occasion(source, yearly=False), day) == [("sunita", day, 0)]


def test_large_purchases_return_each_on_its_day_and_small_ones_do_not(shop: Shop) -> None:
    facts: dict[str, Any] = dict(NO_FACTS)
    for amount, at in (("10", "2024-05-01"), ("999.9999", "2024-06-01"), ("2000", "2025-07-01")):
        paid: dict[str, Any] = {"amount": Decimal(amount), "currency": "USD", "reporting_currency": "USD"}
        facts = purchases.advance(facts, at=f"{at}T08:00:00.000000Z", **paid)
    shop.customer(facts=facts, timezone="Asia/Karachi")
    shop.customer("floating", facts=facts)
    shop.views()
    large = yearly("large_purchase", least=Decimal("999.9999"))
    assert found(large, "2026-05-01") == []
    assert found(large, "2026-06-01") == [("sunita", "2026-06-01", 2), ("floating", "2026-06-01", 2)]
    assert [one[0] for one in found(yearly("large_purchase", least=Decimal(1000)), "2026-07-01")] == [
        "sunita",
        "floating",
    ]
    assert found(yearly("large_purchase", least=Decimal(1000)), "2026-06-01") == []
    assert len(found(yearly("large_purchase", least=Decimal(9)), "2026-07-01")) == 2


def test_the_ten_largest_purchases_are_kept_in_whatever_order_they_are_told() -> None:
    told = [(Decimal(number % 7 + 1), f"2026-01-{number + 1:02}T00:00:00.000000Z") for number in range(15)]
    kept = []
    for order in (told, told[::-1]):
        facts: dict[str, Any] = dict(NO_FACTS)
        for amount, at in order:
            facts = purchases.advance(facts, amount=amount, currency="USD", reporting_currency="USD", at=at)
        kept.append(facts["largest_purchases"])
    assert kept[0] == kept[1]
    assert [purchase["amount"] for purchase in kept[0]] == [7, 7, 6, 6, 5, 5, 4, 4, 3, 3]


def test_a_listing_goes_on_after_any_entry(shop: Shop) -> None:
    for number in range(6):
        at = f"202{number % 3}-11-2{number % 2}T20:30:00.000000Z"
        zone = "Asia/Karachi" if number % 3 else None
        shop.customer(f"c{number}", timezone=zone, facts=NO_FACTS | {"first_purchase_at": at})
    shop.views()
    occasion = yearly("first_purchase")
    whole = list(service.entries(occasion, day=date(2026, 11, 21), leap_day="02-28"))
    assert len(whole) == 3
    for number, entry in enumerate(whole):
        rest = service.entries(occasion, day=date(2026, 11, 21), leap_day="02-28", after=entry.place)
        assert list(rest) == whole[number + 1 :]


def test_all_customers_are_listed_by_where_they_live(shop: Shop) -> None:
    shop.customer("a", timezone="Asia/Karachi")
    shop.customer("b")
    shop.customer("c", timezone="America/New_York")
    shop.views()
    living = list(service.residents())
    assert [(one.customer_id, one.zone) for one in living] == [
        ("b", "-"),
        ("c", "America/New_York"),
        ("a", "Asia/Karachi"),
    ]
    assert list(service.residents(after=living[0].place)) == living[1:]


@pytest.mark.parametrize(
    ("occasion", "occurrence", "day"),
    [
        (yearly("birthday"), "2026", "2026-02-28"),
        (yearly("birthday"), "2028", "2028-02-29"),
        (yearly("birthday"), "2000", None),  # the day of birth is no birthday
        (yearly("birthday"), "2026-02-28", None),  # the rule was another's when this was ordered
        (yearly("first_purchase"), "2026", "2026-03-01"),
        (Occasion("first_purchase", yearly=False), "2025-03-01", "2025-03-01"),
        (Occasion("first_purchase", yearly=False), "2025", None),
        (Occasion("first_purchase", yearly=False), "2025-02-28", None),
        (yearly("large_purchase", least=Decimal(50)), "2026-03-01", "2026-03-01"),
        (yearly("large_purchase", least=Decimal(51)), "2026-03-01", None),
        (yearly("large_purchase", least=Decimal(50)), "2026-03-02", None),
        (yearly("joined"), "2026", None),
        (yearly("custom.wedding"), "2026", "2026-06-01"),
        (yearly("custom.motto"), "2026", None),
        (yearly("birthday"), "once", None),
    ],
)
def test_a_profile_says_whether_there_is_an_occurrence_and_when(
    occasion: Occasion, occurrence: str, day: str | None
) -> None:
    at = datetime(2025, 2, 28, 20, 30, tzinfo=UTC).isoformat()
    facts = {"first_purchase_at": at, "largest_purchases": [{"at": at, "amount": Decimal(50)}]}
    custom = {"wedding": "--06-01", "motto": "2020-02-30"}
    profile = {"birthday": "2000-02-29", "facts": facts, "custom": custom}
    celebration = on(profile, occasion, occurrence=occurrence, zone=KARACHI, leap_day="02-28")
    assert (celebration.occasion_on.isoformat() if celebration else None) == day
