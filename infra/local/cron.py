"""When a schedule is due: `rate(…)`, `cron(…)` and `at(…)` of EventBridge Scheduler, in the schedule's time zone.

A local time that a clock change skips is skipped; one that happens twice is due once. Source: EventBridge
Scheduler's guide, "Schedule types" and "Daylight savings time".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.local.intrinsics import TemplateError

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, 1)}
WEEKDAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
FARTHEST_DAYS = 366 * 8 + 2


class Due(Protocol):
    """Tells when a schedule is due next."""

    def after(self, instant: datetime) -> datetime | None:
        """Return the first due instant later than `instant`, in UTC; None when there is none any more."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Every so often, counted from 1970 so that it does not depend on when the host was started."""

    every: timedelta

    def after(self, instant: datetime) -> datetime:
        """See Due."""
        start = datetime(1970, 1, 1, tzinfo=UTC)
        return start + ((instant - start) // self.every + 1) * self.every


@dataclass(frozen=True, kw_only=True)
class Once:
    """At one instant."""

    at: datetime

    def after(self, instant: datetime) -> datetime | None:
        """See Due."""
        return self.at if self.at > instant else None


@dataclass(frozen=True, kw_only=True)
class Cron:
    """At the local times that fit all fields; `days` or `weekdays` is None where the field is `?`."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int]
    zone: ZoneInfo

    def after(self, instant: datetime) -> datetime | None:
        """See Due."""
        first = instant.astimezone(self.zone).date()
        for number in range(FARTHEST_DAYS):
            day = first + timedelta(days=number)
            if self._fits(day):
                for due in self._of(day):
                    if due > instant:
                        return due
        return None

    def _fits(self, day: date) -> bool:
        return (
            day.month in self.months
            and day.year in self.years
            and (self.days is None or day.day in self.days)
            and (self.weekdays is None or day.isoweekday() % 7 + 1 in self.weekdays)
        )

    def _of(self, day: date) -> Iterator[datetime]:
        times = ((hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes))
        for hour, minute in times:
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
            due = local.astimezone(UTC)
            if due.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                yield due


def parse(expression: str, timezone: str) -> Due:
    """Read a schedule expression. Raises TemplateError when it or its time zone is not understood."""
    zone = _zone(timezone)
    if found := RATE.fullmatch(expression):
        return Rate(every=timedelta(**{found[2] + "s": int(found[1])}))
    if found := AT.fullmatch(expression):
        return Once(at=datetime.fromisoformat(found[1]).replace(tzinfo=zone).astimezone(UTC))
    if found := CRON.fullmatch(expression):
        minutes, hours, days, months, weekdays, years = found.groups()
        return Cron(
            minutes=_numbers(minutes, 0, 59, {}),
            hours=_numbers(hours, 0, 23, {}),
            days=None if days == "?" else _numbers(days, 1, 31, {}),
            months=_numbers(months, 1, 12, MONTHS),
            weekdays=None if weekdays == "?" else _numbers(weekdays, 1, 7, WEEKDAYS),
            years=_numbers(years, 1970, 2199, {}),
            zone=zone,
        )
    raise TemplateError(f"the local host does not understand the schedule {expression}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TemplateError(f"there is no time zone {name}") from error


def _numbers(field: str, lowest: int, highest: int, named: dict[str, int]) -> frozenset[int]:
    return frozenset(number for part in field.split(",") for number in _range(part, lowest, highest, named))


def _range(part: str, lowest: int, highest: int, named: dict[str, int]) -> range:
    span, _, step = part.partition("/")
    first, _, last = span.partition("-")
    try:
        start = lowest if first == "*" else named.get(first) or int(first)
        end = named.get(last) or int(last) if last else (highest if first == "*" or step else start)
        return range(start, end + 1, int(step or 1))
    except ValueError as error:
        raise TemplateError(f"the local host does not understand {part} in a schedule") from error
