"""What a tick looks through for one rule and one local date, in passes that can be broken off and taken up again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from crm.business.rules import Business
from crm.calendar import service as calendar_service
from crm.calendar.service import Entry
from crm.greetings import plans, rules
from crm.greetings.models import Greeting

WHOLE = "whole"


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


def passes(rule: Greeting, day: date, *, now: datetime, business: Business) -> Iterator[Pass]:
    """The passes that are to be done now, in order."""

    def found(after: str | None) -> Iterator[Found]:
        return celebrating(rule, day, after=after, business=business)

    yield Pass(WHOLE, rules.is_over_everywhere(day, now=now), found)


def celebrating(rule: Greeting, day: date, *, after: str | None, business: Business) -> Iterator[Found]:
    """Everybody whose occasion is greeted on the local date `day` under a rule, from behind a place on."""
    begun, _, behind = (after or "").partition("|")
    occasion = plans.occasion_of(rule)
    for occasion_on in plans.occasions_on(rule, day):
        asked = occasion_on.isoformat()
        if asked >= begun:
            place = behind if asked == begun else None
            for entry in calendar_service.entries(occasion, day=occasion_on, leap_day=business.leap_day, after=place):
                yield Found(entry, day, f"{asked}|{entry.place}")
