"""When a reminder is due and what its mail's fate means for it. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.core.values import YEARS
from crm.mail.reasons import Code
from crm.reminders import repetition
from crm.reminders.repetition import Occurrence

# What the state of the mail makes of the reminder. A mail on its way leaves it as it is.
FATE = {
    "accepted": "sent",
    "delivered": "sent",
    "complained": "sent",
    "rejected": "failed",
    "bounced": "failed",
    "unknown": "in_doubt",
    "withheld": "withheld",
    "expired": "withheld",
}
OPEN = frozenset({"pending", "in_doubt"})
COMPLETED = "completed"
SHOWN_AHEAD = 3
# Who set a reminder chose its hour, so it goes out whatever the hour; one that comes later than this waits for the day.
ON_TIME = timedelta(hours=1)
SPOKE = "somebody has talked to the customer since the last time"
BEGINNING = datetime.min.replace(tzinfo=UTC)


def fate(message_state: str, reason_code: str | None) -> str | None:
    """The state of a reminder whose mail has this state; None while the mail is on its way."""
    is_skipped = message_state == "withheld" and reason_code == Code.RECENT_CONTACT
    return "skipped" if is_skipped else FATE.get(message_state)


def due(at: str, zone: ZoneInfo, *, now: datetime, given: str = "/at") -> datetime:
    """The instant at which the clocks of `zone` show `at`. Raises InvalidFields, about what was `given`: it is over."""
    moment = calendar_rules.instant_of(datetime.fromisoformat(at), zone)
    if moment <= now:
        shown = now.astimezone(zone)
        raise InvalidFields.one(
            given,
            Reason(
                "{at} is over in {key}, where it is {shown} now", at=at, key=zone.key, shown=f"{shown:%Y-%m-%dT%H:%M}"
            ),
        )
    return moment


def first(at: str, zone: ZoneInfo, *, repeat: str | None, now: datetime, given: str = "/at") -> Occurrence:
    """When a reminder from `at` on is due first. Raises InvalidFields: it is over, or the rule has no day from then."""
    moment = due(at, zone, now=now, given=given)
    if repeat is None:
        return Occurrence(at, moment)
    found = following(repeat, start=at, zone=zone, after=BEGINNING)
    if found is None:
        raise InvalidFields.one(
            "/repeat", Reason("there is no such day from {at} until the end of {stop}", at=at, stop=YEARS.stop - 1)
        )
    return found


def following(repeat: str, *, start: str, zone: ZoneInfo, after: datetime) -> Occurrence | None:
    """The first occurrence after an instant; None when the series is over.

    Asked from the present on, it passes over what was missed: a backlog is told once, by the occurrence that is due.
    """
    return next(repetition.occurrences(repeat, start=start, zone=zone, after=after), None)


def upcoming(repeat: str | None, *, start: str, zone: ZoneInfo, after: datetime) -> list[str]:
    """The wall times of the next occurrences after an instant, a few."""
    if repeat is None:
        return []
    ahead = repetition.occurrences(repeat, start=start, zone=zone, after=after)
    return [occurrence.at for occurrence in islice(ahead, SHOWN_AHEAD)]


def spoke(profile: Mapping[str, Any], *, since: datetime, now: datetime) -> datetime | None:
    """When somebody last talked to a customer, where that was after `since`; else None."""
    stored = (profile.get("facts") or {}).get("last_contact_at")
    last = datetime.fromisoformat(stored) if stored else None
    return last if last and since < last <= now else None
