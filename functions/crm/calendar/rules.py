"""Local days and hours: pure functions; zones, dates and settings are passed in.

A day of the year is written `MM-DD`. A wall time is what a clock on the wall shows; an instant is aware and in UTC.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# In the calendar's keys: the customer has no zone of their own, so the business's applies, whichever it is then.
BUSINESS_ZONE = "-"
LEAP = "02-29"


def zone_of(name: str | None, *, business: ZoneInfo) -> ZoneInfo:
    """The zone a name stands for; the business's where none is known or the name has gone from the zone database."""
    if not name or name == BUSINESS_ZONE:
        return business
    return _known(name) or business


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks of `zone` show the naive wall time `wall`.

    A time that the clocks skip counts from the first moment after the gap; one they show twice is the first.
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    return _end_of_gap(wall, zone)


def local_date(moment: datetime, zone: tzinfo) -> date:
    """The day it is in `zone` at an instant."""
    return moment.astimezone(zone).date()


def kept_on(day: date, *, leap_day: str) -> tuple[str, ...]:
    """The days of the year (`MM-DD`) that are celebrated on `day`.

    29 February is kept on itself in leap years and on `leap_day` (`02-28` or `03-01`) in the others: once every year.
    """
    own = f"{day:%m-%d}"
    return (own, LEAP) if own == leap_day and not calendar.isleap(day.year) else (own,)


def celebrated_on(month_day: str, *, year: int, leap_day: str) -> date:
    """The date in `year` on which a day of the year is kept."""
    if month_day == LEAP and not calendar.isleap(year):
        month_day = leap_day
    return date.fromisoformat(f"{year:04}-{month_day}")


def has_come_round(since: int | None, *, occurrence: int) -> bool:
    """Whether an occasion that began in the year `since` returns in `occurrence`: its first day is no anniversary."""
    return since is None or since < occurrence


def hour(text: str) -> time:
    """`HH:MM` as a time of day; `24:00` is the end of the day."""
    return time.max if text == "24:00" else time.fromisoformat(text)


def days_from(first: date, count: int) -> Iterator[date]:
    """`count` days in order, `first` included."""
    return (first + timedelta(days=ahead) for ahead in range(count))


@lru_cache(maxsize=1024)
def _known(name: str) -> ZoneInfo | None:
    # zoneinfo itself keeps eight, and reads the others from their files again and again.
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    # Read with fold=1 and fold=0 a skipped time lies before and after the change; the change itself is found between.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
