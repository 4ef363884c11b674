"""Local days and hours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.calendar import rules

ZONES = sorted(zone for zone in available_timezones() if "/" in zone)


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Asia/Kathmandu", "2026-11-21T09:00", "2026-11-21T03:15Z"),
        ("Pacific/Tongatapu", "2026-11-21T09:00", "2026-11-20T20:00Z"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00Z"),  # skipped: the first moment after the gap
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00Z"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30Z"),  # shown twice: the first
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z"),  # a gap of half an hour
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00Z"),  # a whole day skipped
        ("America/St_Johns", "2026-11-21T09:00", "2026-11-21T12:30Z"),
    ],
)
def test_a_wall_time_is_one_instant(zone: str, wall: str, instant: str) -> None:
    found = rules.instant_of(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert found == datetime.fromisoformat(instant)


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.datetimes(datetime(2020, 1, 1), datetime(2050, 1, 1)))  # noqa: DTZ001
def test_an_instant_shows_its_wall_time_or_the_end_of_a_gap(zone: str, wall: datetime) -> None:
    wall = wall.replace(microsecond=0)
    found = rules.instant_of(wall, ZoneInfo(zone))
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    before = (found - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown == wall or (before < wall < shown)


@pytest.mark.parametrize(
    ("day", "leap_day", "kept"),
    [
        ("2027-02-28", "02-28", {"02-28", "02-29"}),
        ("2027-03-01", "02-28", {"03-01"}),
        ("2027-02-28", "03-01", {"02-28"}),
        ("2027-03-01", "03-01", {"03-01", "02-29"}),
        ("2028-02-28", "02-28", {"02-28"}),
        ("2028-02-29", "03-01", {"02-29"}),
        ("2100-02-28", "02-28", {"02-28", "02-29"}),
    ],
)
def test_29_february_is_kept_on_the_day_the_business_chose(day: str, leap_day: str, kept: set[str]) -> None:
    assert set(rules.kept_on(date.fromisoformat(day), leap_day=leap_day)) == kept


@pytest.mark.parametrize("leap_day", ["02-28", "03-01"])
def test_every_day_of_the_year_is_kept_exactly_once_in_every_year(leap_day: str) -> None:
    for year in range(2026, 2034):
        days = rules.days_from(date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days)
        kept = [month_day for day in days for month_day in rules.kept_on(day, leap_day=leap_day)]
        assert len(kept) == len(set(kept)) == 366
        assert rules.celebrated_on("02-29", year=year, leap_day=leap_day).year == year


def test_a_zone_that_is_not_known_any_more_is_the_businesss() -> None:
    business = ZoneInfo("Asia/Karachi")
    for name in (None, "-", "Mars/Olympus", "../etc/passwd"):
        assert rules.zone_of(name, business=business) is business
