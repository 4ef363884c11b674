"""What a tick looks through for one rule and one local date, in passes that can be broken off and taken up again.

Occasions of the calendar are looked through whole by every tick: what it finds is who is due. A feast is everybody's,
so its passes are planned. Each zone is looked through when its hour has come, when quiet time ends there, and every two
hours until the latest hour, for whom could not be served then and who has come since; all zones once the day is over
everywhere. The last pass done is noted; of several that a late tick finds it does the last for each zone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from zoneinfo import available_timezones

from crm.business.rules import Business
from crm.calendar import feasts, quiet
from crm.calendar import rules as calendar_rules
from crm.calendar import service as calendar_service
from crm.calendar.service import Entry
from crm.greetings import plans, rules
from crm.greetings.models import Greeting

WHOLE = "whole"
AGAIN_AFTER = timedelta(hours=2)


@dataclass(frozen=True)
class Found:
    """A customer's occasion, the local day on which it is greeted, and the place in the pass to go on after."""

    entry: Entry
    planned_on: date
    place: str


@dataclass(frozen=True)
class Pass:
    """One look through. `closing`: the day is over everywhere, so after it nothing may be left without an outcome."""

    name: str
    closing: bool
    found: Callable[[str | None], Iterator[Found]]


def passes(rule: Greeting, day: date, *, done: str | None, now: datetime, business: Business) -> Iterator[Pass]:
    """The passes that are to be done now, in order; `done` names the last of the planned ones that is."""
    closing = rules.is_over_everywhere(day, now=now)
    whole = partial(_celebrating, rule, day, business)
    if rule.occasion != rules.FEAST:
        yield Pass(WHOLE, closing, whole)
    elif _feast_days(rule, day, business):
        for at, zone in (
            [(_last(rules.end_everywhere(day), now), None)] if closing else _looks(rule, day, now, business)
        ):
            name = f"{at:%Y-%m-%dT%H:%M:%SZ}|{zone or ''}"
            if name > (done or ""):
                yield Pass(name, closing, partial(_residents, rule, day, business, zone) if zone else whole)


def celebrating(rule: Greeting, day: date, *, after: str | None, business: Business) -> Iterator[Found]:
    """Everybody whose occasion is greeted on the local date `day` under a rule, from behind a place on."""
    return _celebrating(rule, day, business, after)


def _celebrating(rule: Greeting, day: date, business: Business, after: str | None) -> Iterator[Found]:
    begun, _, behind = (after or "").partition("|")
    occasion = plans.occasion_of(rule)
    for occasion_on in plans.occasions_on(rule, day, business=business):
        asked = occasion_on.isoformat()
        if asked >= begun:
            place = behind if asked == begun else None
            for entry in calendar_service.entries(occasion, day=occasion_on, leap_day=business.leap_day, after=place):
                yield Found(entry, day, f"{asked}|{entry.place}")


def _residents(rule: Greeting, day: date, business: Business, zone: str, after: str | None) -> Iterator[Found]:
    for occasion_on, occurrence in _feast_days(rule, day, business):
        for one in calendar_service.residents(zone=zone, after=after):
            entry = Entry(one.customer_id, one.name, one.zone, occasion_on, occurrence, None, one.place)
            yield Found(entry, day, one.place)


def _feast_days(rule: Greeting, day: date, business: Business) -> list[tuple[date, str]]:
    """The day of the feast, and the name of its occurrence, that is greeted on the local date `day`; at most one."""
    found = (
        (occasion_on, occurrence)
        for occasion_on in plans.occasions_on(rule, day, business=business)
        for feast, occurrence in feasts.on(occasion_on)
        if feast == rule.feast
    )
    return list(found)[:1]


def _looks(rule: Greeting, day: date, now: datetime, business: Business) -> list[tuple[datetime, str]]:
    """For each zone whose hour has come the last look until now, in order."""
    found = []
    for name in _zones():
        zone = calendar_rules.zone_of(name, business=business.timezone)
        plan = rules.window(day, zone=zone, send_at=rule.send_at, latest=business.latest_hour)
        if plan.begins <= now:
            until = min(now, max(plan.begins, plan.stops - timedelta(minutes=1)))
            begins = quiet.until(plan.begins, zone=zone, business=business)
            found.append((_last(begins if begins and begins <= until else plan.begins, until), name))
    return sorted(found)


def _last(first: datetime, until: datetime) -> datetime:
    """The last look until then, of those every two hours from `first` on."""
    return first + (until - first) // AGAIN_AFTER * AGAIN_AFTER


@lru_cache(maxsize=1)
def _zones() -> list[str]:
    """Every zone that a customer may live in."""
    return [calendar_rules.BUSINESS_ZONE, *sorted(available_timezones())]
