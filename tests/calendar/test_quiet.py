"""Nobody is disturbed at night, nor on the sabbath where the business keeps it; and quiet always ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.business.rules import Business, Place
from crm.calendar import places, quiet, sabbath

ZONES = sorted(zone for zone in available_timezones() if "/" in zone)
BUSINESS = Business("Shop", "en", ZoneInfo("Asia/Karachi"), earliest_hour="07:00", latest_hour="20:00")
PIOUS = replace(BUSINESS, sabbath=True, timezone=ZoneInfo("Asia/Jerusalem"))


def until(local: str, zone: str, business: Business) -> str | None:
    here = ZoneInfo(zone)
    end = quiet.until(datetime.fromisoformat(local).replace(tzinfo=here), zone=here, business=business)
    return end.astimezone(here).strftime("%Y-%m-%dT%H:%M") if end else None


@pytest.mark.parametrize(
    ("zone", "local", "end"),
    [
        ("Asia/Karachi", "2026-11-21T06:59", "2026-11-21T07:00"),
        ("Asia/Karachi", "2026-11-21T07:00", None),
        ("Asia/Karachi", "2026-11-21T19:59", None),
        ("Asia/Karachi", "2026-11-21T20:00", "2026-11-22T07:00"),
        ("Asia/Kathmandu", "2026-12-31T23:30", "2027-01-01T07:00"),
        ("Europe/Berlin", "2026-03-28T22:00", "2026-03-29T07:00"),  # a night of eight hours
        ("Pacific/Apia", "2011-12-29T21:00", "2011-12-31T07:00"),  # the next day does not exist
    ],
)
def test_nights_are_quiet_by_the_clock_of_the_recipient(zone: str, local: str, end: str | None) -> None:
    assert until(local, zone, BUSINESS) == end


def test_a_day_may_last_until_midnight_and_begin_there() -> None:
    business = replace(BUSINESS, earliest_hour="00:00", latest_hour="24:00")
    assert [until(f"2026-11-21T{hour}", "Asia/Karachi", business) for hour in ("00:00", "12:00", "23:59")] == [None] * 3


def test_an_hour_that_the_clocks_skip_ends_the_night_when_they_go_on() -> None:
    business = replace(BUSINESS, earliest_hour="02:30")
    assert until("2026-03-29T01:00", "Europe/Berlin", business) == "2026-03-29T03:00"


@pytest.mark.parametrize(
    ("zone", "local", "end"),
    [
        # Sunset in Jerusalem 19:47 on 19 June 2026 and 16:38 on 18 December; nightfall 20:30 and 17:18 a day later.
        ("Asia/Jerusalem", "2026-06-19T19:44", None),
        ("Asia/Jerusalem", "2026-06-19T19:50", "2026-06-21T07:00"),  # its end lies in the night
        ("Asia/Jerusalem", "2026-12-18T16:35", None),
        ("Asia/Jerusalem", "2026-12-18T16:41", "2026-12-19T17:18"),
        ("Asia/Jerusalem", "2026-12-19T08:00", "2026-12-19T17:18"),
        ("Asia/Jerusalem", "2026-12-19T17:21", None),
        ("America/New_York", "2026-11-20T16:31", None),  # there the sun sets at 16:34
        ("America/New_York", "2026-11-20T16:37", "2026-11-21T17:17"),
        ("Pacific/Kiritimati", "2026-06-19T18:30", None),  # at UTC+14, where the sun's day in UTC is another one
        ("Pacific/Kiritimati", "2026-06-19T18:40", "2026-06-20T19:11"),
        # Where the sun does not set: from noon until the end of Saturday, which is night.
        ("Arctic/Longyearbyen", "2026-06-19T11:59", None),
        ("Arctic/Longyearbyen", "2026-06-19T12:00", "2026-06-21T07:00"),
        ("Arctic/Longyearbyen", "2026-12-18T12:00", "2026-12-20T07:00"),
        ("Etc/GMT-14", "2026-06-19T12:00", "2026-06-21T07:00"),  # no place at all
        ("Asia/Jerusalem", "2026-06-21T12:00", None),
    ],
)
def test_the_sabbath_is_quiet_from_sunset_to_nightfall(zone: str, local: str, end: str | None) -> None:
    business = replace(PIOUS, latest_hour="21:00" if zone == "Pacific/Kiritimati" else "20:00")
    assert until(local, zone, business) == end


def test_the_sabbath_is_kept_only_where_the_business_keeps_it() -> None:
    assert until("2026-12-19T12:00", "Asia/Jerusalem", BUSINESS) is None


def test_in_its_own_zone_the_business_knows_its_place_better() -> None:
    far_north = replace(PIOUS, place=Place(69.0, 35.0))  # where the sun does not rise in December
    assert until("2026-12-18T12:30", "Asia/Jerusalem", PIOUS) is None
    assert until("2026-12-18T12:30", "Asia/Jerusalem", far_north) is not None
    assert until("2026-12-18T12:30", "America/New_York", far_north) is None


@pytest.mark.parametrize(("alias", "name"), [("Asia/Calcutta", "Asia/Kolkata"), ("Asia/Katmandu", "Asia/Kathmandu")])
def test_a_zones_older_name_is_the_same_place(alias: str, name: str) -> None:
    found = [places.of(ZoneInfo(zone), business=BUSINESS) for zone in (alias, name)]
    assert found[0] == found[1] is not None


def test_every_zone_on_land_is_a_place() -> None:
    lost = [zone for zone in ZONES if places.of(ZoneInfo(zone), business=BUSINESS) is None]
    assert [zone for zone in lost if not zone.startswith("Etc/")] == []


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(ZONES), st.datetimes(datetime(2020, 1, 1), datetime(2050, 1, 1)), st.booleans())  # noqa: DTZ001
def test_quiet_ends_within_three_days_and_what_follows_is_not_quiet(zone: str, moment: datetime, pious: bool) -> None:
    here, at = ZoneInfo(zone), moment.replace(tzinfo=UTC)
    business = PIOUS if pious else BUSINESS
    end = quiet.until(at, zone=here, business=business)
    assert end is None or at < end <= at + timedelta(hours=72)
    assert end is None or quiet.until(end, zone=here, business=business) is None


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(ZONES), st.integers(0, 1500))
def test_a_sabbath_begins_on_friday_and_lasts_a_day(zone: str, week: int) -> None:
    here = ZoneInfo(zone)
    saturday = datetime(2026, 1, 3, 12, tzinfo=here) + timedelta(weeks=week)
    found = sabbath.containing(saturday, zone=here, place=places.of(here, business=BUSINESS))
    assert found is not None
    begins = found[0].astimezone(here).replace(tzinfo=None)
    # In a bright night of the north the sun may set after midnight.
    assert timedelta(hours=-24) <= begins - saturday.replace(tzinfo=None) < timedelta(hours=-9)
    assert timedelta(hours=20) < found[1] - found[0] <= timedelta(hours=37)
