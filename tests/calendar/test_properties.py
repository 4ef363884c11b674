"""What holds of every zone, every customer and thirty years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.calendar import hebrew, projection, rules, service
from crm.calendar.occasions import Occasion, on
from crm.core import views
from crm.core.projection import EMPTY_RULES

ZONES = sorted(zone for zone in available_timezones() if "/" in zone)
SOURCES = ["birthday", "hebrew_birthday", "joined", "first_purchase", "large_purchase", "registered", "custom.wedding"]
FIRST, LAST = date(2020, 1, 1), date(2049, 12, 31)
ONE_DAY = timedelta(days=1)


@st.composite
def profiles(draw: st.DrawFn) -> dict[str, Any]:
    """A customer of whom each date and instant is known, some on 29 February and around midnight."""
    # Days around the end of February are where calendars go wrong.
    days = st.dates(date(1950, 1, 1), date(2019, 12, 31)) | st.builds(
        lambda year, away: date(year, 3, 1) + timedelta(days=away), st.integers(1950, 2019), st.integers(-3, 1)
    )
    hours = st.sampled_from([time(0, 10), time(12), time(23, 50)])
    at = datetime.combine(draw(days), draw(hours), UTC).isoformat()
    return {
        "pk": "CUSTOMER#abc",
        "sk": "PROFILE",
        "name": "Sara Khan",
        "created_at": at,
        "timezone": draw(st.none() | st.sampled_from(ZONES)),
        "birthday": draw(days).isoformat(),
        "joined_on": draw(days).isoformat(),
        "custom": {"wedding": f"--{draw(days):%m-%d}"},
        "facts": {"first_purchase_at": at, "largest_purchases": [{"at": at, "amount": Decimal("12.50")}]},
    }


class Calendar:
    """The calendar's entries of one profile, read by the product's own reader, in a business of some zone."""

    def __init__(self, profile: dict[str, Any], business: ZoneInfo, patch: pytest.MonkeyPatch) -> None:
        listings = projection.project(profile, EMPTY_RULES).listings
        self._entries = [{"pk": pk, "sk": sk, **entry} for (pk, sk), entry in listings.items()]
        patch.setattr(views, "each", self.each)
        patch.setattr(service, "settings", lambda: SimpleNamespace(business_timezone=business))

    def each(self, pk: str, *, after: str | None = None, until: str | None = None) -> Iterator[dict[str, Any]]:
        for entry in self._entries:
            if entry["pk"] == pk and (after or "") < entry["sk"] and (until is None or entry["sk"] <= until):
                yield entry


@settings(deadline=None, max_examples=60)
@given(
    profiles(),
    st.sampled_from(SOURCES),
    st.integers(FIRST.year, LAST.year),
    st.sampled_from(ZONES),
    st.sampled_from(["02-28", "03-01"]),
)
def test_a_yearly_occasion_is_found_on_exactly_one_local_day_of_every_year(
    profile: dict[str, Any], source: str, year: int, business: str, leap_day: str
) -> None:
    occasion, zone = Occasion(source, yearly=True, least=None), ZoneInfo(business)
    first, after = _year(source, year), _year(source, year + 1)
    with pytest.MonkeyPatch.context() as patch:
        Calendar(profile, zone, patch)
        found = [
            entry
            for day in rules.days_from(first, (after - first).days)
            for entry in service.entries(occasion, day=day, leap_day=leap_day)
        ]
    [entry] = found
    home = rules.zone_of(profile["timezone"], business=zone)
    told = on(profile, occasion, occurrence=entry.occurrence, zone=home, leap_day=leap_day)
    assert told is not None
    assert (told.occasion_on, told.years) == (entry.occasion_on, entry.years)


def _year(source: str, year: int) -> date:
    """The first day of a year of the occasion's own calendar."""
    return hebrew.celebrated_on("07-01", year=year + 3761) if source == "hebrew_birthday" else date(year, 1, 1)


@settings(deadline=None, max_examples=60)
@given(profiles(), st.sampled_from(["first_purchase", "registered", "joined"]), st.sampled_from(ZONES))
def test_a_day_is_found_on_itself_and_on_no_other(profile: dict[str, Any], source: str, business: str) -> None:
    occasion, zone = Occasion(source, yearly=False), ZoneInfo(business)
    text = profile["joined_on"] if source == "joined" else profile["created_at"]
    day = date.fromisoformat(text[:10])
    with pytest.MonkeyPatch.context() as patch:
        Calendar(profile, zone, patch)
        found = [
            entry
            for away in (-366, -365, -2, -1, 0, 1, 2, 365, 366)
            for entry in service.entries(occasion, day=day + timedelta(days=away), leap_day="02-28")
        ]
    home = rules.zone_of(profile["timezone"], business=zone)
    local = day if source == "joined" else rules.local_date(datetime.fromisoformat(text), home)
    assert [(entry.occasion_on, entry.occurrence) for entry in found] == [(local, local.isoformat())]


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(ZONES), st.dates(FIRST, LAST), st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_a_wall_time_of_every_zone_comes_once_a_day_in_order(zone: str, day: date, at: time) -> None:
    here = ZoneInfo(zone)
    today, tomorrow = (rules.instant_of(datetime.combine(on, at), here) for on in (day, day + ONE_DAY))
    assert timedelta(hours=22) <= tomorrow - today <= timedelta(hours=26)
    assert rules.local_date(today, here) == day
    shown = today.astimezone(here).replace(tzinfo=None)
    assert shown == datetime.combine(day, at) or shown - datetime.combine(day, at) <= timedelta(hours=2)
    # The first of two: an hour or two before, the clocks did not show it already.
    for before in (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)):
        assert (today - before).astimezone(here).replace(tzinfo=None) != shown


def test_every_change_of_clocks_of_thirty_years_is_met_in_a_zone_that_has_them() -> None:
    """09:00 is 09:00 on every day of thirty years, in zones with changes of each kind."""
    for zone in ("Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "America/Havana", "Antarctica/Troll"):
        here, day = ZoneInfo(zone), FIRST
        while day <= LAST:
            shown = rules.instant_of(datetime.combine(day, time(9)), here).astimezone(here)
            assert (shown.date(), shown.time()) == (day, time(9))
            day += ONE_DAY
