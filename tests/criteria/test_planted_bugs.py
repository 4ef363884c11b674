"""The promises about turning days are kept by the tests: each of these bugs, planted, is caught by one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crm.criteria import bought, courses, durations, yearly
from crm.criteria import rules as rules_module
from crm.criteria.rules import Question
from crm.criteria.standing import NEVER, Moment, Standing
from tests.criteria.making import (
    AGING,
    by_number,
    compared,
    conditions,
    numbers,
    profiles,
    rules,
    timed_conditions,
    windows,
)
from tests.criteria.test_turns import ask, turns_of

DAYS = [date(2022, 9, 28), date(2023, 1, 31), date(2023, 12, 30)]


timed_windows = windows().filter(lambda rule: "within" in rule)


of_two = st.lists(timed_conditions, min_size=2, max_size=2).map(lambda parts: {"all": parts})
of_ages = compared(AGING, numbers, by_number)
in_months = timed_conditions.filter(lambda rule: rule["value"] == "month")


class Caught(AssertionError):
    """A turn was missed, or a customer woken in vain."""


def search(asked: st.SearchStrategy[Any], *, examples: int) -> None:
    """Ask random rules of random profiles on a few days, and on each day from there."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(rule=asked, profile=profiles())
    def look(rule: Any, profile: Any) -> None:
        for day in DAYS:
            answer = ask(rule, profile, day, leap_day="03-01")
            until = min(answer.next_change_on or date.max, day + timedelta(days=200))
            turns = turns_of(rule, profile, day, until, leap_day="03-01")
            if turns and turns != [until]:
                raise Caught
            if "field" in rule and answer.next_change_on == until and not turns:
                raise Caught

    look()


def joined_late(questions: list[Question], *, decisive: bool) -> Question:
    """`all` holds until its last part falls, not its first."""

    def ask_all(profile: Any, moment: Moment) -> Standing:
        standings = [question.ask(profile, moment) for question in questions]
        undecided = [until for holds, until in standings if holds is not decisive]
        if len(undecided) == len(standings):
            return not decisive, max(undecided, default=NEVER)
        return decisive, max(until for holds, until in standings if holds is decisive)

    return Question(ask_all, timed=True)


def joined_static(questions: list[Question], *, decisive: bool) -> Question:
    """`all` fails for ever once it fails."""

    def ask_all(profile: Any, moment: Moment) -> Standing:
        standings = [question.ask(profile, moment) for question in questions]
        if any(holds is decisive for holds, _ in standings):
            return decisive, NEVER
        return not decisive, min((until for _, until in standings), default=NEVER)

    return Question(ask_all, timed=True)


def a_day_later(*spans: Any) -> Any:
    first, end, day = spans
    if day < first:
        return False, first
    return (True, end + timedelta(days=1) if end < NEVER else end) if day < end else (False, NEVER)


def no_turn(self: Any, holds: Any, literals: Any) -> Standing:
    return holds(self.value(self.step) if self.step >= 0 else None), NEVER


def every_day(self: Any, holds: Any, literals: Any) -> Standing:
    return holds(self.value(self.step) if self.step >= 0 else None), self.day_of(self.step + 1)


def month_too_short(day: date, moment: Moment) -> tuple[date, date]:
    """Every month ends after so many days, counted from today."""
    first = day.replace(day=1)
    return first, max(first + timedelta(days=30), moment.day + timedelta(days=1)) if moment.day > first else day


def first_leaver(days: Any, holds: Any, within: Any, moment: Moment) -> Standing:
    leaving = sorted((within.after(day, leap_day=moment.leap_day), amount) for day, amount in days)
    left = [(day, amount) for day, amount in leaving if day > moment.day]
    return holds(sum(amount for _, amount in left)), left[-1][0] if left else NEVER


@contextmanager
def planted(owner: Any, name: str, bug: Callable[..., Any]) -> Iterator[None]:
    good = getattr(owner, name)
    setattr(owner, name, bug)
    durations._shifted.cache_clear()
    try:
        yield
    finally:
        setattr(owner, name, good)


@pytest.mark.parametrize("asked", [rules, conditions, timed_conditions, timed_windows])
def test_without_a_bug_nothing_is_caught(asked: st.SearchStrategy[Any]) -> None:
    search(asked, examples=60)


@pytest.mark.parametrize(
    ("owner", "name", "bug", "asked"),
    [
        (rules_module, "_joined", joined_late, of_two),
        (rules_module, "_joined", joined_static, of_two),
        (rules_module, "during", a_day_later, timed_conditions),
        (courses.Course, "standing", no_turn, of_ages),
        (courses.Course, "standing", every_day, of_ages),
        (yearly, "_its_month", month_too_short, in_months),
        (bought, "_standing", first_leaver, timed_windows),
    ],
    ids=["last part", "for ever", "a day late", "ages never", "ages daily", "30 days hath July", "last purchase"],
)
def test_a_planted_bug_is_caught(owner: Any, name: str, bug: Callable[..., Any], asked: st.SearchStrategy[Any]) -> None:
    with planted(owner, name, bug), pytest.raises(Caught):
        search(asked, examples=2500)
