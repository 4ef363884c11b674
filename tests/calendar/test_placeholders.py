"""Sources that fill in 1 January for a birthday nobody knows are named."""

from __future__ import annotations

import pytest

from crm.calendar import placeholders
from tests.support.shop import Shop
from tests.support.world import Api


def test_too_many_birthdays_on_one_day_from_one_source_are_reported(shop: Shop) -> None:
    days = {"old till": ["1970-01-01"] * 12 + ["1985-01-01"] * 10 + ["1990-05-06"] * 30, "form": ["1985-01-01"] * 9}
    days["newsletter"] = ["--01-01"] + [f"1990-{month:02}-{day:02}" for month in range(2, 8) for day in range(1, 9)]
    for source, birthdays in days.items():
        for number, birthday in enumerate(birthdays):
            shop.customer(f"{source[0]}{number}", source=source, birthday=birthday)
    shop.customer("nobody", source="old till")
    for number in range(11):
        shop.customer(f"x{number}", birthday="1900-01-01")
    shop.views()
    found = Api().get("/birthdays/placeholders").body["items"]
    assert sorted(found, key=lambda one: (one["source"] or "", one["day"])) == [
        {"source": None, "day": "1900-01-01", "customers": 11, "birthdays": 11},
        {"source": "old till", "day": "--01-01", "customers": 10, "birthdays": 52},
        {"source": "old till", "day": "1970-01-01", "customers": 12, "birthdays": 52},
    ]


@pytest.mark.parametrize(
    ("customers", "birthdays", "likely"),
    [(9, 9, False), (10, 10, True), (10, 365, True), (10, 366, False), (27, 1000, False), (28, 1000, True)],
)
def test_the_rule_asks_for_ten_and_ten_times_chance(customers: int, birthdays: int, likely: bool) -> None:
    assert placeholders.is_likely(customers, birthdays) is likely
