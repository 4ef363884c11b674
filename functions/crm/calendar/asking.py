"""Which parts of the calendar hold those whose occasion falls on a day. Pure: nothing is read here."""

from dataclasses import dataclass
from datetime import date, timedelta

from crm.calendar import keys, rules
from crm.calendar.occasions import INSTANTS, LARGE_PURCHASE, Occasion, kept_on

_LEAP_YEAR, _PLAIN_YEAR = 2000, 2001


@dataclass(frozen=True)
class Part:
    """A partition of the calendar and the bounds of what is asked of it; None: from the first, to the last."""

    pk: str
    after: str | None = None
    until: str | None = None


def parts(occasion: Occasion, *, day: date, leap_day: str) -> list[Part]:
    """What to ask, in order, for everybody of every zone whose occasion falls on the local date `day`.

    The instants of customers without a zone stand under their day in UTC, which can be the one before or after.
    """
    kept = kept_on(day, occasion, leap_day=leap_day)
    asked = [_part(occasion, month_day, year=day.year) for month_day in sorted(kept)]
    if occasion.source not in INSTANTS:
        return asked
    if occasion.yearly:
        return asked + [_part(occasion, month_day, utc=True) for month_day in sorted(_around(kept))]
    days = [day + timedelta(days=away) for away in (-1, 0, 1)]
    return asked + [_part(occasion, f"{near:%m-%d}", year=near.year, utc=True) for near in days]


def _part(occasion: Occasion, month_day: str, *, year: int = 0, utc: bool = False) -> Part:
    pk = (keys.utc_partition if utc else keys.partition)(occasion.source, month_day)
    if occasion.source == LARGE_PURCHASE:
        return Part(pk, *keys.from_amount(occasion.least)) if occasion.least is not None else Part(pk)
    return Part(pk) if occasion.yearly else Part(pk, *keys.of_year(year))


def _around(kept: tuple[str, ...]) -> set[str]:
    """These days of the year and those next to them, in leap years and in others."""
    days = {date.fromisoformat(f"{_LEAP_YEAR}-{month_day}") for month_day in kept}
    days |= {date.fromisoformat(f"{_PLAIN_YEAR}-{month_day}") for month_day in kept if month_day != rules.LEAP}
    return {f"{day + timedelta(days=away):%m-%d}" for day in days for away in (-1, 0, 1)}
