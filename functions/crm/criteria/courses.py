"""Numbers that grow old by themselves: an age, the days since a purchase. What they are, and when a comparison turns.

A course counts whole steps (years, days) from its first day on. Between two steps nothing changes, and every number
here only rises or only falls with the steps; so a comparison can turn only at the steps around what it compares with.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from crm.calendar import rules as calendar
from crm.criteria.standing import NEVER, Moment, Standing
from crm.criteria.yearly import kept_on

Holds: TypeAlias = Callable[[Decimal | None], bool]
"""A comparison; None is a number that is not known."""
_BEST = 5


@dataclass(frozen=True)
class Course:
    """The number at `step` is `value(step)`; `day_of(step)` is the first day of a step, `turns` the steps around
    a literal. Before step 0 nothing is known."""

    step: int
    value: Callable[[int], Decimal]
    day_of: Callable[[int], date]
    turns: Callable[[Decimal], Iterable[int]]

    def standing(self, holds: Holds, literals: Iterable[Decimal]) -> Standing:
        """Whether a comparison with literals holds, and the first day on which it no longer does."""
        now = holds(self.value(self.step) if self.step >= 0 else None)
        ahead = [step for literal in literals for step in self.turns(literal) if step > self.step]
        if self.step < 0:
            ahead.append(0)
        for step in sorted(ahead):
            if holds(self.value(step)) != now:
                return now, self.day_of(step)
        return now, NEVER


CourseOf: TypeAlias = Callable[[Mapping[str, Any], Moment], Course | None]


def age(profile: Mapping[str, Any], moment: Moment) -> Course | None:
    """Full years since the birthday; else the age that was noted, and the full years since then."""
    birthday, noted = profile.get("birthday"), profile.get("age_noted")
    if birthday and not birthday.startswith("--"):
        return _years(date.fromisoformat(birthday), moment, Decimal(0))
    return _years(date.fromisoformat(noted["noted_on"]), moment, Decimal(noted["years"])) if noted else None


def recency(profile: Mapping[str, Any], moment: Moment) -> Course | None:
    """1 (long ago) to 5 (of late) for the days since the last purchase: 5 less the cut points they are beyond."""
    cuts, last = moment.cuts.get("recency"), _purchased(profile, "last_purchase_at", moment.zone)
    if not cuts or last is None:
        return None

    def score(days: int) -> Decimal:
        return Decimal(_BEST - sum(days > cut for cut in cuts))

    turns = [_floor(cut) + 1 for cut in cuts]
    return Course(_days(last, moment), score, _day_after(last), lambda _: turns)


def lateness(profile: Mapping[str, Any], moment: Moment) -> Course | None:
    """The days since the last purchase over the usual days between two: above 1, this customer is late."""
    span, purchases = _usual(profile, moment.zone)
    last = _purchased(profile, "last_purchase_at", moment.zone)
    if last is None or span <= 0:
        return None

    def ratio(days: int) -> Decimal:
        return days * purchases / span

    def turns(literal: Decimal) -> Iterable[int]:
        near = _floor(min(max(literal * span / purchases, Decimal(0)), Decimal(10**7)))
        return range(near, near + 3)

    return Course(_days(last, moment), ratio, _day_after(last), turns)


def usual_gap(profile: Mapping[str, Any], zone: tzinfo) -> Decimal | None:
    """The days between two purchases on the average, from the first to the last; None before they are on two days."""
    span, purchases = _usual(profile, zone)
    return span / purchases if span > 0 else None


def score(value: Any, cuts: tuple[Decimal, ...] | None) -> Decimal | None:
    """1 (little) to 5 (much): 1 and the cut points that a number is beyond. None where there are no cut points."""
    return Decimal(1 + sum(value > cut for cut in cuts)) if cuts and value is not None else None


@lru_cache(maxsize=4096)
def day_in(instant: str, zone: tzinfo) -> date:
    """The day that it was in a zone."""
    return calendar.local_date(datetime.fromisoformat(instant), zone)


def _years(first: date, moment: Moment, more: Decimal) -> Course:
    month_day = first.isoformat()[5:]

    def day_of(years: int) -> date:
        year = first.year + years
        return kept_on(month_day, year, moment.leap_day) if year <= NEVER.year else NEVER

    years = moment.day.year - first.year
    step = years if years < 0 or day_of(years) <= moment.day else years - 1

    def turns(literal: Decimal) -> Iterable[int]:
        near = _floor(min(max(literal - more, Decimal(0)), Decimal(10**4)))
        return range(near, near + 2)

    return Course(step, lambda passed: passed + more, day_of, turns)


def _usual(profile: Mapping[str, Any], zone: tzinfo) -> tuple[Decimal, Decimal]:
    """The days from the first purchase to the last, and how many followed the first; (0, 0) where there is no usual."""
    first = _purchased(profile, "first_purchase_at", zone)
    last = _purchased(profile, "last_purchase_at", zone)
    if first is None or last is None:
        return Decimal(0), Decimal(0)
    followed = Decimal(profile["facts"]["purchases"]) - 1
    return (Decimal((last - first).days), followed) if followed > 0 else (Decimal(0), Decimal(0))


def _purchased(profile: Mapping[str, Any], fact: str, zone: tzinfo) -> date | None:
    instant = (profile.get("facts") or {}).get(fact)
    return day_in(instant, zone) if instant else None


def _days(last: date, moment: Moment) -> int:
    # The day of all projections is raised some minutes after midnight: what was bought in between is of today.
    return max((moment.day - last).days, 0)


def _day_after(last: date) -> Callable[[int], date]:
    def day_of(days: int) -> date:
        try:
            return last + timedelta(days=days)
        except OverflowError:
            return NEVER

    return day_of


def _floor(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_FLOOR))
