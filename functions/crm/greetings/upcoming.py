"""Who will be greeted in the coming days, read from the calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from crm.business import service as business_service
from crm.business.rules import Business
from crm.calendar import rules as calendar_rules
from crm.core import clock
from crm.core.errors import InvalidFields
from crm.core.paging import Page, PageRequest
from crm.greetings import audience
from crm.greetings.models import Greeting
from crm.greetings.passes import celebrating


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
    business = business_service.current()
    for day, after in _days(days, _start(request), business):
        for one, place in _on(greeting, day, after, business):
            found.append(one)
            if len(found) >= request.limit:
                return Page(found, request.cursor_at(f"{day}|{place}"))
    return Page(found, None)


def _start(request: PageRequest) -> tuple[str, str]:
    if request.after is None:
        return "", ""
    day, bar, place = request.after.partition("|")
    if not bar:
        raise InvalidFields.one("cursor", "not a cursor of this list; ask for the first page again")
    return day, place


def _days(days: int, start: tuple[str, str], business: Business) -> Iterator[tuple[date, str | None]]:
    """The days to ask, in order, from where the page before ended, and the place to go on after."""
    today = calendar_rules.local_date(clock.now(), business.timezone)
    for day in calendar_rules.days_from(today, days):
        if day.isoformat() >= start[0]:
            yield day, start[1] if day.isoformat() == start[0] else None


def _on(greeting: Greeting, day: date, after: str | None, business: Business) -> Iterator[tuple[Upcoming, str]]:
    group = audience.group_of(greeting)
    for chunk in audience.chunks(celebrating(greeting, day, after=after, business=business)):
        profiles = {} if group.is_everybody else audience.profiles(one.entry.customer_id for one in chunk)
        for one in chunk:
            entry = one.entry
            if group.is_everybody or group.includes(profiles.get(entry.customer_id, {})):
                local = calendar_rules.zone_of(entry.zone, business=business.timezone).key
                yield Upcoming(entry.customer_id, entry.name, day.isoformat(), greeting.send_at, local), one.place
