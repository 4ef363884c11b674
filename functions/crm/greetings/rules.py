"""When a greeting goes out, and what a rule is about. Pure: moments, zones and settings are passed in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.business.rules import TICK
from crm.calendar import rules as calendar_rules
from crm.core.reason import Reason

DAYS_AFTER = "days_after"
FEAST = "feast"
CHECKUP = "checkup"
"""Asks the customer whether their data are still right, by the page of their own that the mail leads to."""
MISSING = Reason("required for the occasion {occasion}; it is missing")
ALL_DETAILS = ("event", "field", "feast", "min_amount")
_DETAILS = {
    "large_purchase_anniversary": {"min_amount"},
    "custom_anniversary": {"field"},
    DAYS_AFTER: {"event"},
    FEAST: {"feast"},
}
# The template that a rule has unless it names one; after the occasion or the event.
_USUAL = {
    "birthday": "birthday",
    "hebrew_birthday": "birthday",
    FEAST: "feast",
    CHECKUP: "checkup",
    "joined_anniversary": "joined_anniversary",
    "purchase_anniversary": "purchase_anniversary",
    "last_purchase_anniversary": "purchase_anniversary",
    "large_purchase_anniversary": "purchase_anniversary",
    "first_purchase": "thank_you",
    "last_purchase": "thank_you",
    "registered": "welcome",
    "joined": "welcome",
    "last_contact": "follow_up",
}
# The westernmost and the easternmost clocks of the earth.
_LAST_ZONE, _FIRST_ZONE = timedelta(hours=-12), timedelta(hours=14)
CATCH_UP = timedelta(days=3)
"""So long after its day is over everywhere the outcomes of a day are looked after; then it is given up."""


def details(occasion: str, event: str | None) -> set[str]:
    """The fields that a rule needs besides, for its occasion; all others have no meaning there."""
    needed = _DETAILS.get(occasion, set())
    return needed | {"field"} if occasion == DAYS_AFTER and event == "custom" else needed


def usual_template(occasion: str, event: str | None) -> str | None:
    """The template of rules that name none; None where there is no usual one."""
    return _USUAL.get(event or "" if occasion == DAYS_AFTER else occasion)


@dataclass(frozen=True)
class Window:
    """A day of sending in one zone, as instants: the rule's hour, the latest hour, and the end of the day."""

    begins: datetime
    stops: datetime
    over: datetime


def window(day: date, *, zone: ZoneInfo, send_at: str, latest: str) -> Window:
    """When greetings planned for the local day `day` may go out in `zone`; `latest` is `HH:MM`.

    A day that the zone skips is kept on the one that follows it there.
    """
    there = calendar_rules.local_date(calendar_rules.instant_of(datetime.combine(day, time(12)), zone), zone)

    def at(wall: time, on: date) -> datetime:
        return calendar_rules.instant_of(datetime.combine(on, wall), zone)

    return Window(
        at(calendar_rules.hour(send_at), there),
        at(calendar_rules.hour(latest), there),
        at(time(), there + timedelta(days=1)),
    )


def is_owed(plan: Window, *, since: datetime) -> bool:
    """Whether a greeting is owed to somebody, or under a rule, that there is only `since` then."""
    return plan.stops > since


def next_look(moment: datetime) -> datetime:
    """The first instant at or after a moment at which it is asked what is due."""
    return moment + (datetime.min.replace(tzinfo=UTC) - moment) % TICK


def days_to_look_at(now: datetime) -> list[date]:
    """The dates that are today anywhere on earth, and those just over that are still looked after; oldest first."""
    first, last = (now - CATCH_UP + _LAST_ZONE).date(), (now + _FIRST_ZONE).date()
    return list(calendar_rules.days_from(first, (last - first).days + 1))


def earliest_today(now: datetime) -> date:
    """The oldest of the dates that are today anywhere on earth."""
    return (now + _LAST_ZONE).date()


def end_everywhere(day: date) -> datetime:
    """The instant from which on no zone has this date any more."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC) - _LAST_ZONE


def is_over_everywhere(day: date, *, now: datetime) -> bool:
    """Whether no zone has this date any more."""
    return now >= end_everywhere(day)


def in_season(day: date, *, starts_on: str | None, ends_on: str | None) -> bool:
    """Whether a day of sending lies within the rule's own bounds, both included."""
    return (starts_on or "") <= day.isoformat() <= (ends_on or "9999-12-31")
