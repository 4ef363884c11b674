"""What a condition answers: whether it holds on a day, and the next day on which time alone may change that.

`(True, 2027-01-01)` holds up to and with 31 December 2026. NEVER: the passing of time changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta, tzinfo
from decimal import Decimal
from typing import Any, TypeAlias

NEVER = date.max
Standing: TypeAlias = tuple[bool, date]
YES: Standing = (True, NEVER)
NO: Standing = (False, NEVER)
Cuts: TypeAlias = Mapping[str, tuple[Decimal, ...]]
NO_CUTS: Cuts = {}


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is asked: `day` is the business's today, `zone` says on which day an instant was.

    `leap_day` (`MM-DD`) is where 29 February is kept in other years; `cuts` are the points that cut all customers
    into equal parts, by measure.
    """

    day: date
    leap_day: str = "02-28"
    cuts: Cuts = field(default_factory=dict)
    zone: tzinfo = UTC


Ask: TypeAlias = Callable[[Mapping[str, Any], Moment], Standing]
"""A question to a profile."""


def during(first: date, end: date, day: date) -> Standing:
    """What holds from `first` on until the day before `end`, asked on `day`."""
    if day < first:
        return False, first
    return (True, end) if day < end else NO


def plain(holds: bool) -> Standing:
    """What time does not change."""
    return YES if holds else NO


def next_day(day: date) -> date:
    """The day after; NEVER at the end of the calendar."""
    return day + timedelta(days=1) if day < NEVER else NEVER
