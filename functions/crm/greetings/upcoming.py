"""Who will be greeted in the coming days, read from the calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from crm.calendar import rules as calendar_rules
from crm.calendar import service as calendar_service
from crm.core import clock
from crm.core.config import settings
from crm.core.errors import InvalidFields
from crm.core.paging import Page, PageRequest
from crm.greetings import audience
from crm.greetings.models import Greeting

# A page asks the calendar at most so often (days × zones); a sparse calendar then ends the page early.
_QUERIES = 200
_FIRST = ("", "", "", "")


@dataclass(frozen=True)
class Upcoming:
    """One greeting to come: the customer's local day and time of day, and the zone they are local to."""

    customer_id: str
    name: str
    date: str
    time: str
    timezone: str


def page(greeting: Greeting, request: PageRequest, *, days: int) -> Page[Upcoming]:
    """Greetings of a rule on the business's today and the days after it, `days` in all, in order of the day."""
    found: list[Upcoming] = []
    for asked, place in enumerate(_places(greeting, days, _start(request)), start=1):
        day, zone, month_day, after = place
        for one in _on(greeting, date.fromisoformat(day), zone, month_day, after):
            found.append(one)
            if len(found) >= request.limit:
                return Page(found, request.cursor_at("|".join((day, zone, month_day, one.customer_id))))
        if asked >= _QUERIES:
            return Page(found, request.cursor_at("|".join((day, zone, month_day, "~"))))
    return Page(found, None)


def _start(request: PageRequest) -> tuple[str, ...]:
    if request.after is None:
        return _FIRST
    place = tuple(request.after.split("|"))
    if len(place) != len(_FIRST):
        raise InvalidFields.one("cursor", "not a cursor of this list; ask for the first page again")
    return place


def _places(greeting: Greeting, days: int, start: tuple[str, ...]) -> Iterator[tuple[str, str, str, str | None]]:
    """What to ask, in order, from where the page before ended: day, zone, day of the year, customer to go on after."""
    today = calendar_rules.local_date(clock.now(), settings().business_timezone)
    zones = calendar_service.zones()
    for day in calendar_rules.days_from(today, days):
        kept = calendar_rules.kept_on(day - timedelta(days=int(greeting.offset_days)), leap_day=settings().leap_day)
        for zone in zones:
            for month_day in calendar_service.pages_of(greeting.occasion, zone=zone, kept=kept):
                place = (day.isoformat(), zone, month_day)
                if place >= start[:3]:
                    yield (*place, start[3] if place == start[:3] else None)


def _on(greeting: Greeting, day: date, zone: str, month_day: str, after: str | None) -> Iterator[Upcoming]:
    local = calendar_rules.zone_of(zone, business=settings().business_timezone).key
    occasion_on = day - timedelta(days=int(greeting.offset_days))
    kept = calendar_rules.kept_on(occasion_on, leap_day=settings().leap_day)
    found = calendar_service.entries(occasion=greeting.occasion, month_day=month_day, zone=zone, kept=kept, after=after)
    for entry in audience.members(greeting, found):
        if calendar_rules.has_come_round(entry.since, occurrence=occasion_on.year):
            yield Upcoming(entry.customer_id, entry.name, day.isoformat(), greeting.send_at, local)
