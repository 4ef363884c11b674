"""When a greeting goes out. Pure: moments, zones and settings are passed in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules

# Rules that greet far from the occasion still belong to the year of the occasion itself.
LATE = "it was too late in the day: no greeting goes out at or after {latest} local time"
MISSED = "its day had passed before it could be sent"


@dataclass(frozen=True)
class Day:
    """A day on which greetings of a rule go out in one zone: the day itself, and the day of the occasion."""

    sent_on: date
    occasion_on: date

    @property
    def occurrence(self) -> str:
        """Names this year's greeting: the local year of the occasion."""
        return str(self.occasion_on.year)


def day_in(zone: ZoneInfo, *, moment: datetime, offset_days: int) -> Day:
    """The day it is in `zone`, and the day whose occasions are greeted on it."""
    today = calendar_rules.local_date(moment, zone)
    return Day(sent_on=today, occasion_on=today - timedelta(days=offset_days))


def has_begun(*, send_at: str, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the rule's hour has come in `zone` today. It stays so until midnight: what nobody sent gets a reason."""
    day = calendar_rules.local_date(moment, zone)
    return moment >= calendar_rules.instant_of(datetime.combine(day, calendar_rules.hour(send_at)), zone)


def is_decent(*, latest: str, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether it is still before the hour (`HH:MM`) at which greetings stop in `zone`."""
    day = calendar_rules.local_date(moment, zone)
    return moment < calendar_rules.instant_of(datetime.combine(day, calendar_rules.hour(latest)), zone)


def sent_on(month_day: str, *, occurrence: str, offset_days: int, leap_day: str) -> date:
    """The local day on which the greeting of the year `occurrence` goes out for an occasion on `month_day`."""
    kept = calendar_rules.celebrated_on(month_day, year=int(occurrence), leap_day=leap_day)
    return kept + timedelta(days=offset_days)
