"""Greetings of days of rest go out before or after them, and whoever asks a day finds exactly those moved to it."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.business.rules import Business
from crm.calendar import rest

BANGLADESH = Business("Shop", "bn", ZoneInfo("Asia/Dhaka"), weekend=frozenset({5, 6}), holidays=frozenset({"--12-16"}))
FEAST = Business("Shop", "ur", ZoneInfo("Asia/Karachi"), weekend=frozenset({7}), holidays=frozenset({"2027-03-10"}))
ALWAYS = Business("Shop", "en", ZoneInfo("UTC"), weekend=frozenset(range(1, 8)))


@pytest.mark.parametrize(
    ("business", "day", "before", "after"),
    [
        (BANGLADESH, "2026-11-19", "2026-11-19", "2026-11-19"),  # a Thursday
        (BANGLADESH, "2026-11-20", "2026-11-19", "2026-11-22"),  # Friday
        (BANGLADESH, "2026-11-21", "2026-11-19", "2026-11-22"),  # Saturday
        (BANGLADESH, "2026-12-16", "2026-12-15", "2026-12-17"),  # Victory Day, every year
        (BANGLADESH, "2027-12-16", "2027-12-15", "2027-12-19"),  # a Thursday: the weekend follows
        (FEAST, "2027-03-10", "2027-03-09", "2027-03-11"),
        (FEAST, "2028-03-10", "2028-03-10", "2028-03-10"),  # a holiday of another year
        (FEAST, "2027-02-28", "2027-02-27", "2027-03-01"),  # Sunday, over the end of the month
        (ALWAYS, "2026-11-19", "2026-11-19", "2026-11-19"),  # no working day to go to
    ],
)
def test_a_day_of_rest_is_moved_to_the_nearest_working_day(
    business: Business, day: str, before: str, after: str
) -> None:
    moved = [
        rest.planned(date.fromisoformat(day), policy=policy, business=business)
        for policy in ("keep", "before", "after")
    ]
    assert [found.isoformat() for found in moved] == [day, before, after]


def test_days_that_are_moved_are_found_where_they_went() -> None:
    friday, sunday = date(2026, 11, 20), date(2026, 11, 22)
    assert rest.origins(friday, policy="after", business=BANGLADESH) == []
    assert rest.origins(sunday, policy="after", business=BANGLADESH) == [
        friday,
        friday + timedelta(days=1),
        sunday,
    ]
    assert rest.origins(sunday, policy="before", business=BANGLADESH) == [sunday]
    assert rest.origins(friday, policy="keep", business=BANGLADESH) == [friday]


@settings(deadline=None, max_examples=60)
@given(
    st.dates(date(2020, 1, 1), date(2050, 1, 1)),
    st.sets(st.integers(1, 7)),
    st.sets(st.integers(-20, 20)),
    st.sampled_from(["keep", "before", "after"]),
)
def test_every_day_is_the_origin_of_exactly_the_day_it_is_moved_to(
    day: date, weekend: set[int], holidays: set[int], policy: rest.Policy
) -> None:
    off = frozenset((day + timedelta(days=away)).isoformat() for away in holidays)
    business = Business("Shop", "en", ZoneInfo("UTC"), weekend=frozenset(weekend), holidays=off)
    planned = rest.planned(day, policy=policy, business=business)
    assert day in rest.origins(planned, policy=policy, business=business)
    assert all(
        rest.planned(origin, policy=policy, business=business) == day
        for origin in rest.origins(day, policy=policy, business=business)
    )
