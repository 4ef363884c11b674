"""Spans of time by the calendar: "P90D", "P2W", "P3M", "P1Y6M" (ISO 8601, whole days and more).

A month later is the same day of the next month, or its last day where it is shorter. 29 February, whole years later,
is where the business keeps it. Months are counted first, then days.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from crm.calendar import rules as calendar
from crm.core.reason import Reason
from crm.criteria.values import ValueRefused

_FORM = re.compile(r"P(?:(?P<weeks>\d{1,5})W|(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<days>\d{1,6})D)?)")
_REMEDY = Reason('give a span such as "P90D" (days), "P2W" (weeks), "P3M" (months), "P1Y" (years) or "P1Y6M"')
_LONGEST_YEARS = 150
LONGEST_DAYS = _LONGEST_YEARS * 366


@dataclass(frozen=True)
class Duration:
    """A span of months and days."""

    months: int = 0
    days: int = 0

    @property
    def most_days(self) -> int:
        """So many days it has at most."""
        years, months = divmod(self.months, 12)
        return years * 366 + months * 31 + self.days

    def after(self, day: date, *, leap_day: str) -> date:
        """The day this long after another; the calendar's last where there is none."""
        return _shifted(day, self.months, self.days, leap_day)

    def before(self, day: date, *, leap_day: str) -> date:
        """The day this long before another; the calendar's first where there is none."""
        return _shifted(day, -self.months, -self.days, leap_day)


def duration(value: object) -> Duration:
    """A span of a rule. Raises ValueRefused."""
    found = _FORM.fullmatch(value) if isinstance(value, str) and value.isascii() else None
    if found is None:
        raise ValueRefused(_REMEDY)
    part = {name: int(digits or 0) for name, digits in found.groupdict().items()}
    span = Duration(months=part["years"] * 12 + part["months"], days=part["weeks"] * 7 + part["days"])
    if not 0 < span.most_days <= LONGEST_DAYS:
        raise ValueRefused(
            Reason("give a span longer than nothing and of at most {longest_years} years", longest_years=_LONGEST_YEARS)
        )
    return span


@lru_cache(maxsize=4096)
def _shifted(day: date, months: int, days: int, leap_day: str) -> date:
    try:
        if f"{day:%m-%d}" == calendar.LEAP and months % 12 == 0:
            kept = calendar.celebrated_on(calendar.LEAP, year=day.year + months // 12, leap_day=leap_day)
            return kept + timedelta(days=days)
        return date.fromordinal((day + relativedelta(months=months, days=days)).toordinal())
    except (OverflowError, ValueError):
        return date.max if (months, days) > (0, 0) else date.min
