"""Days that come round every year: whether the anniversary is now, or soon. The first day itself is none.

A day of the year is `MM-DD` with the year it began in, where that is known. 29 February is kept in other years where
the business keeps it. Weeks begin on Monday (ISO 8601).
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias

from crm.calendar import rules as calendar
from crm.core.reason import Reason
from crm.criteria.durations import Duration, duration
from crm.criteria.standing import NEVER, NO, YES, Moment, Standing, next_day
from crm.criteria.values import ValueRefused

Yearly: TypeAlias = tuple[str, int | None]
"""A day of the year and the year it began in."""
Span: TypeAlias = Callable[[date, Moment], tuple[date, date]]
"""From an anniversary to the days on which it counts: the first, and the one after the last."""

PERIODS = ("day", "week", "month")
MONTHS = range(1, 13)
# Longer, and the next anniversary would always be near.
LONGEST_DAYS = 364
# From 1896 to 1904 there were eight years between two 29 Februaries.
_YEARS_AHEAD = 10


def period(value: Any) -> str | int:
    """A part of the calendar: "day", "week", "month", or a month by its number. Raises ValueRefused."""
    if isinstance(value, str) and value in PERIODS:
        return value
    if type(value) is int and value in MONTHS:
        return value
    raise ValueRefused(Reason('give "day", "week" or "month" (the present one), or a month from 1 to 12'))


def ahead(value: Any) -> Duration:
    """A span shorter than a year. Raises ValueRefused."""
    span = duration(value)
    if span.most_days > LONGEST_DAYS:
        raise ValueRefused(
            Reason(
                'give a span of at most {longest_days} days, such as "P30D", "P52W" or "P11M"',
                longest_days=LONGEST_DAYS,
            )
        )
    return span


def in_period(value: Any) -> Callable[[Yearly, Moment], Standing]:
    """Whether the anniversary is in the present day, week or month; or this year's in a certain month."""
    wanted = period(value)
    if isinstance(wanted, int):
        return _in_month(wanted)
    span = {"day": _its_day, "week": _its_week, "month": _its_month}[wanted]
    return lambda yearly, moment: _standing(yearly, moment, span)


def within_next(value: Any) -> Callable[[Yearly, Moment], Standing]:
    """Whether the anniversary is today, or less than a span away, counted back from it."""
    wanted = ahead(value)

    def span(day: date, moment: Moment) -> tuple[date, date]:
        return next_day(wanted.before(day, leap_day=moment.leap_day)), next_day(day)

    return lambda yearly, moment: _standing(yearly, moment, span)


def _in_month(month: int) -> Callable[[Yearly, Moment], Standing]:
    def span(day: date, _: Moment) -> tuple[date, date]:
        return (_first_of(day.year), _first_of(day.year + 1)) if day.month == month else (day, day)

    def ask(yearly: Yearly, moment: Moment) -> Standing:
        month_day, began = yearly
        if month_day == calendar.LEAP:
            return _standing(yearly, moment, span)
        if int(month_day[:2]) != month:
            return NO
        return YES if began is None or began < moment.day.year else (False, _first_of(began + 1))

    return ask


def _standing(yearly: Yearly, moment: Moment, span: Span) -> Standing:
    until: date | None = None
    for anniversary in _anniversaries(yearly, moment):
        first, end = span(anniversary, moment)
        if end <= moment.day or first == end:
            continue
        if until is None and first > moment.day:
            return False, first
        if until is not None and first > until:
            return True, until
        until = end  # spans that touch are one
    return NO if until is None else (True, until if _is_one_span(until, moment) else NEVER)


def _is_one_span(until: date, moment: Moment) -> bool:
    return until.year < moment.day.year + _YEARS_AHEAD


def _anniversaries(yearly: Yearly, moment: Moment) -> Iterator[date]:
    month_day, began = yearly
    # Only a week goes over the end of the year in which its anniversary is.
    start = max(moment.day.year - (moment.day.month == 1), date.min.year)
    start = start if began is None else max(start, began + 1)
    for year in range(start, min(max(start, moment.day.year) + _YEARS_AHEAD, NEVER.year) + 1):
        yield kept_on(month_day, year, moment.leap_day)


@lru_cache(maxsize=4096)
def kept_on(month_day: str, year: int, leap_day: str) -> date:
    """The date in a year on which a day of the year is kept; remembered, since there are few."""
    return calendar.celebrated_on(month_day, year=year, leap_day=leap_day)


def _its_day(day: date, _: Moment) -> tuple[date, date]:
    return day, next_day(day)


def _its_week(day: date, _: Moment) -> tuple[date, date]:
    monday = date.fromordinal(max(day.toordinal() - day.weekday(), 1))
    return monday, date.fromordinal(min(monday.toordinal() + 7, NEVER.toordinal()))


def _its_month(day: date, _: Moment) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, first.replace(month=first.month + 1) if first.month < 12 else _first_of(first.year + 1)


def _first_of(year: int) -> date:
    return date(year, 1, 1) if year <= NEVER.year else NEVER
