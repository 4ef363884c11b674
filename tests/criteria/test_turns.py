"""The next day on which time alone may change an answer: never missed, and never named in vain."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.criteria.checking import problems
from crm.criteria.rules import Answer, compiled, leaves
from tests.criteria.making import CUTS, conditions, days, profiles, rules

DAYS_AHEAD = 800
LEAP_DAYS = st.sampled_from(["02-28", "03-01"])
ZONES = st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/New_York")])


def ask(rule: Any, profile: Any, day: date, **place: Any) -> Answer:
    return compiled(rule).answer(profile, day=day, cuts=CUTS, **place)


def turns_of(rule: Any, profile: Any, day: date, until: date, **place: Any) -> list[date]:
    """The days on which the answer differs from the day before, found by asking on each."""
    criterion = compiled(rule)
    members = [
        criterion.answer(profile, day=day + timedelta(days=n), cuts=CUTS, **place).member
        for n in range((until - day).days + 1)
    ]
    return [day + timedelta(days=n) for n, (before, after) in enumerate(pairwise(members), 1) if before != after]


@settings(max_examples=150, deadline=None)
@given(rule=conditions, profile=profiles(), day=days, leap_day=LEAP_DAYS, zone=ZONES)
def test_a_condition_names_the_very_day_on_which_it_changes(
    rule: Any, profile: Any, day: date, leap_day: str, zone: ZoneInfo
) -> None:
    assert problems(rule) == ()
    place: Any = {"leap_day": leap_day, "zone": zone}
    named = ask(rule, profile, day, **place).next_change_on
    horizon = day + timedelta(days=DAYS_AHEAD)
    found = turns_of(rule, profile, day, horizon, **place)
    assert (named if named and named <= horizon else None) == (found[0] if found else None)
    if named and named > horizon:
        now, eve, then = (ask(rule, profile, one, **place).member for one in (day, named - timedelta(days=1), named))
        assert (eve, then) == (now, not now)


@settings(max_examples=150, deadline=None)
@given(rule=rules, profile=profiles(), day=days, leap_day=LEAP_DAYS, zone=ZONES)
def test_nothing_changes_before_the_day_named_and_it_is_the_day_of_a_condition(
    rule: Any, profile: Any, day: date, leap_day: str, zone: ZoneInfo
) -> None:
    assert problems(rule) == ()
    place: Any = {"leap_day": leap_day, "zone": zone}
    answer = ask(rule, profile, day, **place)
    until = min(answer.next_change_on or date.max, day + timedelta(days=DAYS_AHEAD))
    assert turns_of(rule, profile, day, until - timedelta(days=1), **place) == []
    if answer.next_change_on == until:
        eve = until - timedelta(days=1)
        changed = [turns_of(leaf, profile, eve, until, **place) for leaf in leaves(rule)]
        assert [until] in changed


@settings(max_examples=40, deadline=None)
@given(rule=rules, profile=profiles(), day=days)
def test_a_customer_is_woken_no_oftener_than_conditions_change(rule: Any, profile: Any, day: date) -> None:
    horizon = day + timedelta(days=DAYS_AHEAD)
    woken = []
    at = day
    while (turn := ask(rule, profile, at).next_change_on) and turn <= horizon:
        woken.append(turn)
        at = turn
    changes = {one for leaf in leaves(rule) for one in turns_of(leaf, profile, day, horizon)}
    assert set(woken) <= changes
    assert set(turns_of(rule, profile, day, horizon)) <= set(woken)


@pytest.mark.parametrize("day", [date.min, date(9999, 12, 31)])
@settings(max_examples=50, deadline=None)
@given(rule=conditions, profile=profiles())
def test_the_ends_of_the_calendar_are_days_like_others(day: date, rule: Any, profile: Any) -> None:
    answer = ask(rule, profile, day)
    assert answer.next_change_on is None or answer.next_change_on > day
