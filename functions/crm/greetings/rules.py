"""When a greeting goes out. Pure: moments, zones and settings are passed in."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules
from crm.calendar.occasions import BIRTHDAY, FIRST_PURCHASE, Occasion

OCCASIONS = {
    "birthday": Occasion(BIRTHDAY, yearly=True),
    "purchase_anniversary": Occasion(FIRST_PURCHASE, yearly=True),
}
# Rules that greet far from the occasion still belong to the year of the occasion itself.
LATE = "it was too late in the day: no greeting goes out at or after {latest} local time"
MISSED = "its day had passed before it could be sent"


def todays(moment: datetime) -> list[date]:
    """The local dates that it is anywhere on Earth, in order: zones lie between UTC-12 and UTC+14."""
    first, last = (moment + timedelta(hours=away) for away in (-12, 14))
    return [first.date() + timedelta(days=ahead) for ahead in range((last.date() - first.date()).days + 1)]


def has_begun(*, send_at: str, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the rule's hour has come in `zone` today. It stays so until midnight: what nobody sent gets a reason."""
    day = calendar_rules.local_date(moment, zone)
    return moment >= calendar_rules.instant_of(datetime.combine(day, calendar_rules.hour(send_at)), zone)


def is_decent(*, latest: str, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether it is still before the hour (`HH:MM`) at which greetings stop in `zone`."""
    day = calendar_rules.local_date(moment, zone)
    return moment < calendar_rules.instant_of(datetime.combine(day, calendar_rules.hour(latest)), zone)
