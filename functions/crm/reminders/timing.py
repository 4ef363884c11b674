"""When a reminder is due: as it is made, and as its time, zone or repetition is changed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from crm.calendar import occasions
from crm.calendar import rules as calendar_rules
from crm.core import clock
from crm.core.config import settings
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.core.values import YEARS
from crm.reminders import outcomes, periods, repetition, rules
from crm.reminders.models import Reminder
from crm.reminders.repetition import Occurrence

ABOUT_TIME = frozenset({"at", "timezone", "repeat"})


def first(
    *, at: str, timezone: str, repeat: str | None, given: str = "/at", now: datetime | None = None
) -> dict[str, Any]:
    """The attributes of a new reminder from the wall time `at` on. Raises InvalidFields, about what was `given`.

    `now`: what has to be to come; without it the present.
    """
    zone = calendar_rules.zone_of(timezone, business=settings().business_timezone)
    found = rules.first(at, zone, repeat=repeat, now=now or clock.now(), given=given)
    series = {"repeat": repeat, "starts_at": at, "occurrence": repetition.key(found.at)} if repeat else {}
    return {**_there(found), **series}


def counted(after: Mapping[str, Any], profile: Mapping[str, Any], *, timezone: str) -> tuple[date, str]:
    """The day of an event of a customer and the wall time so long after it. Raises InvalidFields: it is not known."""
    zone = calendar_rules.zone_of(timezone, business=settings().business_timezone)
    known = {beginning.source: beginning for beginning in occasions.beginnings(profile)}
    event = known.get(after["event"])
    day = event and event.local(zone).date
    if not day:
        raise InvalidFields.one("/after/event", Reason("of this customer it is not known; send at, or record it first"))
    try:
        later = periods.read(after["period"]).after(day)
    except OverflowError:
        later = date.max
    if later.year not in YEARS:
        raise InvalidFields.one(
            "/after/period",
            Reason(
                "{period} after {day} is beyond the year {stop}", period=after["period"], day=day, stop=YEARS.stop - 1
            ),
        )
    return day, f"{later}T{after['time']}"


def moved(reminder: Reminder, fields: Mapping[str, Any], *, timezone: str) -> dict[str, Any]:
    """What follows from another time, zone or repetition. Raises InvalidFields.

    Another time or rule begins the series anew; in another zone alone it goes on as it began, on that zone's clocks.
    """
    repeat = fields.get("repeat", reminder.repeat)
    if repeat and not {"at", "repeat"} & set(fields):
        found = _next(reminder, repeat, timezone=timezone)
        occurrence = outcomes.free_occurrence(reminder, found.at, repeats=True)
        return {**_there(found), "occurrence": occurrence, "timezone": timezone}
    values = first(at=fields.get("at", reminder.at), timezone=timezone, repeat=repeat)
    series = {"repeat": repeat, "starts_at": values.get("starts_at")}
    if repeat or reminder.repeat:
        series["occurrence"] = outcomes.free_occurrence(reminder, values["at"], repeats=bool(repeat))
    return {**values, **series, "timezone": timezone}


def put_off(reminder: Reminder, *, until: str | None, span: str | None) -> dict[str, Any]:
    """The time `until` (a wall time) or in so long a `span` (a period), to the minute. Raises InvalidFields."""
    zone, now = outcomes.zone_of(reminder), clock.now()
    if until is not None:
        return _there(Occurrence(until, rules.due(until, zone, now=now, given="/until")))
    try:
        moment = periods.read(str(span)).from_now(now, zone)
    except OverflowError:
        moment = None
    if moment is None or moment.year not in YEARS:
        raise InvalidFields.one("/for", Reason("is beyond the year {stop}", stop=YEARS.stop - 1))
    return _there(Occurrence(repetition.shown(moment.astimezone(zone)), moment))


def _next(reminder: Reminder, repeat: str, *, timezone: str) -> Occurrence:
    zone = calendar_rules.zone_of(timezone, business=settings().business_timezone)
    found = rules.following(repeat, start=outcomes.start_of(reminder), zone=zone, after=clock.now())
    if found is None:
        raise InvalidFields.one("/timezone", Reason("in {key} all its occurrences are over", key=zone.key))
    return found


def _there(found: Occurrence) -> dict[str, Any]:
    return {"at": found.at, "due_at": clock.instant(found.due)}
