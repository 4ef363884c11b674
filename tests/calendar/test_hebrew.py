"""Hebrew birthdays come once in every Hebrew year, by the usual rule for Adar and for the 30th of short months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from convertdate import hebrew as other
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.calendar import hebrew, service
from crm.calendar.occasions import Occasion
from tests.support.shop import Shop

HEBREW = Occasion("hebrew_birthday", yearly=True)


@pytest.mark.parametrize(
    ("born", "year", "kept"),
    [
        # 15 Shevat 5750; Tu BiShvat 5786 was on 2 February 2026, that of 5787 is on 23 January 2027
        ("1990-02-10", 5786, "2026-02-02"),
        ("1990-02-10", 5787, "2027-01-23"),
        # Purim (14 Adar) of the plain year 5750: in the leap year 5784 on Purim of the second Adar
        ("1990-03-11", 5784, "2024-03-24"),
        ("1990-03-11", 5786, "2026-03-03"),
        # 14 Adar I of the leap year 5752: Purim Katan in a leap year, Purim in a plain one
        ("1992-02-18", 5784, "2024-02-23"),
        ("1992-02-18", 5785, "2025-03-14"),
        # 14 Adar II of 5752
        ("1992-03-19", 5784, "2024-03-24"),
        ("1992-03-19", 5785, "2025-03-14"),
        # 1 Tishri 5751
        ("1990-09-20", 5787, "2026-09-12"),
        # 30 Kislev 5754, the sixth day of Hanukkah; Kislev of 5784 had 29 days: 1 Tevet
        ("1993-12-14", 5784, "2023-12-13"),
        ("1993-12-14", 5785, "2024-12-31"),
    ],
)
def test_hebrew_birthdays_fall_on_known_days(born: str, year: int, kept: str) -> None:
    key = hebrew.month_day(date.fromisoformat(born))
    assert hebrew.celebrated_on(key, year=year) == date.fromisoformat(kept)
    assert key in hebrew.kept_on(date.fromisoformat(kept))


@settings(deadline=None, max_examples=60)
@given(st.dates(date(1920, 1, 1), date(2025, 12, 31)), st.integers(5780, 5820))
def test_every_birth_is_kept_exactly_once_in_every_hebrew_year(born: date, year: int) -> None:
    key = hebrew.month_day(born)
    kept = hebrew.celebrated_on(key, year=year)
    assert hebrew.year_of(kept) == year
    assert key in hebrew.kept_on(kept)
    around = [kept + timedelta(days=away) for away in (-31, -30, -29, -2, -1, 1, 2, 29, 30, 31)]
    assert [day for day in around if key in hebrew.kept_on(day)] == []


# convertdate calls a function of its own that it has declared outdated.
@pytest.mark.filterwarnings("ignore:month_days is deprecated")
@settings(deadline=None, max_examples=60)
@given(st.dates(date(1920, 1, 1), date(2077, 12, 31)))
def test_another_library_names_the_same_hebrew_day(day: date) -> None:
    year, month, number = other.from_gregorian(day.year, day.month, day.day)
    assert hebrew.year_of(day) == year
    plain_adar = month == 12 and not other.leap(year)
    assert hebrew.month_day(day) == f"{13 if plain_adar else month:02}-{number:02}"


def test_a_hebrew_birthday_is_found_by_its_day_and_named_by_its_hebrew_year(shop: Shop) -> None:
    shop.customer("adar", birthday="1992-02-18", timezone="Asia/Jerusalem")
    shop.customer("yearless", birthday="--03-14")
    shop.views()
    found = list(service.entries(HEBREW, day=date(2025, 3, 14), leap_day="02-28"))
    assert [(entry.customer_id, entry.occurrence, entry.years) for entry in found] == [("adar", "5785", 33)]
    assert list(service.entries(HEBREW, day=date(1992, 2, 18), leap_day="02-28")) == []
