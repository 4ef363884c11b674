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
from crm.greetings import audience, rules
from crm.greetings.models import Greeting

_FIRST = ("", "")


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
    for day, after in _days(days, _start(request)):
        for one, place in _on(greeting, day, after):
            found.append(one)
            if len(found) >= request.limit:
                return Page(found, request.cursor_at(f"{day}|{place}"))
    return Page(found, None)


def _start(request: PageRequest) -> tuple[str, str]:
    if request.after is None:
        return _FIRST
    day, bar, place = request.after.partition("|")
    if not bar:
        raise InvalidFields.one("cursor", "not a cursor of this list; ask for the first page again")
    return day, place


def _days(days: int, start: tuple[str, str]) -> Iterator[tuple[date, str | None]]:
    """The days to ask, in order, from where the page before ended, and the place to go on after."""
    today = calendar_rules.local_date(clock.now(), settings().business_timezone)
    for day in calendar_rules.days_from(today, days):
        if day.isoformat() >= start[0]:
            yield day, start[1] if day.isoformat() == start[0] else None


def _on(greeting: Greeting, day: date, after: str | None) -> Iterator[tuple[Upcoming, str]]:
    occasion_on = day - timedelta(days=int(greeting.offset_days))
    occasion = rules.OCCASIONS[greeting.occasion]
    found = calendar_service.entries(occasion, day=occasion_on, leap_day=settings().leap_day, after=after)
    for entry in audience.members(greeting, found):
        local = calendar_rules.zone_of(entry.zone, business=settings().business_timezone).key
        yield Upcoming(entry.customer_id, entry.name, day.isoformat(), greeting.send_at, local), entry.place
