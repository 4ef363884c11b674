"""Spans of the calendar and of the clock as ISO 8601 writes them: P1Y, P6W, P90D, PT2H. Pure.

Years and months go by the calendar: a month after 31 January is the last day of February. Days and weeks keep the wall
time; hours and minutes are counted out, whatever the clocks do meanwhile.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules
from crm.core.reason import BadValue, Reason

_PERIOD = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Period:
    """So many years, months and days, and an exact time."""

    years: int
    months: int
    days: int
    time: timedelta

    def after(self, day: date) -> date:
        """The day so much later, at the end of its month where the month has no such day. Raises OverflowError."""
        from dateutil.relativedelta import relativedelta  # noqa: PLC0415 - most requests know no period

        try:
            later: date = day + relativedelta(years=self.years, months=self.months, days=self.days)
        except ValueError as beyond:
            raise OverflowError("beyond the end of the calendar") from beyond
        return later

    def from_now(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The instant so much later on the clocks of `zone`, at a full minute. Raises OverflowError."""
        later = now
        if self.years or self.months or self.days:
            wall = now.astimezone(zone).replace(tzinfo=None)
            later = calendar_rules.instant_of(datetime.combine(self.after(wall.date()), wall.time()), zone)
        later += self.time
        return later + timedelta(microseconds=-(later.second * 1_000_000 + later.microsecond) % 60_000_000)


def read(text: str) -> Period:
    """The period that a text stands for. Raises ValueError with the remedy."""
    found = _PERIOD.fullmatch(text)
    if not found:
        raise BadValue(Reason("must be a period such as P1Y, P6W, P90D or PT2H"))
    parts = {name: int(number or 0) for name, number in found.groupdict().items()}
    time = timedelta(hours=parts["hours"], minutes=parts["minutes"])
    period = Period(parts["years"], parts["months"], parts["days"] + 7 * parts["weeks"], time)
    if not (period.years or period.months or period.days or period.time):
        raise BadValue(Reason("must be longer than nothing, such as P1Y, P6W, P90D or PT2H"))
    return period


def checked(text: str) -> str:
    """The text of a period. Raises ValueError."""
    read(text)
    return text


def calendrical(text: str) -> str:
    """The text of a period of whole days. Raises ValueError."""
    if read(text).time:
        raise BadValue(Reason("must be a period of whole days, such as P1Y, P6W or P90D"))
    return text
