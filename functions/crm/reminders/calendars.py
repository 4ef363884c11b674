"""A member's due reminders as an iCalendar file (RFC 5545). Pure: the same reminders make the same bytes.

A wall time that the clocks skip is given as it is; calendar programs show it an hour later.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules
from crm.reminders import repetition, rules

_LASTS = timedelta(minutes=15)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_ZONES_FOR_YEARS = 20
_AGAIN = "PT1H"


def feed(entries: Iterable[Mapping[str, Any]], *, name: str, business_zone: ZoneInfo) -> bytes:
    """The calendar of these entries of a due list (see `projection`), an event each; a series is one event."""
    from icalendar import Calendar  # noqa: PLC0415 - large, and nothing else needs it

    calendar = Calendar()
    calendar.add("prodid", "-//crm//reminders//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("x-published-ttl", _AGAIN)
    for entry in entries:
        zone = calendar_rules.zone_of(entry["timezone"], business=business_zone)
        for event in _events(entry, zone):
            calendar.add_component(event)
    years = [event.decoded("dtstart").year for event in calendar.walk("VEVENT")]
    if years:
        first, last = date(min(years), 1, 1), date(max(years) + _ZONES_FOR_YEARS, 1, 1)
        calendar.add_missing_timezones(first_date=first, last_date=last)
    return bytes(calendar.to_ical())


def _events(entry: Mapping[str, Any], zone: ZoneInfo) -> Iterable[Any]:
    reminder_id = str(entry["sk"]).partition("#")[2]
    rule = entry.get("repeat")
    if not rule:
        return [_event(entry, zone, at=entry["at"], uid=reminder_id)]
    series = rules.following(rule, start=entry["starts_at"], zone=zone, after=_BEFORE_ALL)
    events = [_event(entry, zone, at=series.at, uid=reminder_id, rule=rule)] if series else []
    if not _is_planned(entry, zone):
        # Snoozed: it comes at a time that the rule does not know.
        events.append(_event(entry, zone, at=entry["at"], uid=f"{reminder_id}-{entry['occurrence']}"))
    return events


def _is_planned(entry: Mapping[str, Any], zone: ZoneInfo) -> bool:
    due = calendar_rules.instant_of(datetime.fromisoformat(entry["at"]), zone)
    just_before = due - timedelta(minutes=1)
    found = rules.following(entry["repeat"], start=entry["starts_at"], zone=zone, after=just_before)
    return found is not None and found.at == entry["at"]


def _event(entry: Mapping[str, Any], zone: ZoneInfo, *, at: str, uid: str, rule: str | None = None) -> Any:
    from icalendar import Event, vRecur  # noqa: PLC0415 - large, and nothing else needs it

    event = Event()
    event.add("uid", f"{uid}@crm")
    event.add("dtstamp", datetime.fromisoformat(entry["updated_at"]).replace(microsecond=0))
    event.add("dtstart", datetime.fromisoformat(at).replace(tzinfo=zone))
    event.add("duration", _LASTS)
    event.add("summary", entry["subject"])
    event.add("transp", "TRANSPARENT")
    if rule:
        recurrence = vRecur.from_ical(rule)
        until = repetition.until_instant(rule, zone)
        if until:
            # With a start in a zone the end is written in UTC.
            recurrence["UNTIL"] = [until]
        event.add("rrule", recurrence)
    return event
