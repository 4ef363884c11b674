"""What one customer is to be greeted for next, rule by rule. Pure: rules, groups and the moment are passed in.

`upcoming` asks the calendar who is due; here the customer is known, and their occasions are asked of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm.business.rules import Business
from crm.calendar import feasts, occasions
from crm.calendar import rules as calendar_rules
from crm.calendar.occasions import LARGE_PURCHASE, Occasion
from crm.greetings import judgement, plans
from crm.greetings.judgement import Judged, Verdict
from crm.greetings.models import Greeting

_AHEAD = timedelta(days=366)
_STILL_TO_COME = frozenset({Verdict.EARLY, Verdict.DUE})


@dataclass(frozen=True)
class Coming:
    """The next greeting of a rule: on which local day of the customer, and for which occasion."""

    rule: Greeting
    day: date
    occasion_on: date
    years: int | None


def of(
    profile: Mapping[str, Any], rules: Iterable[Greeting], *, within: Iterable[str], now: datetime, business: Business
) -> list[Coming]:
    """The next greeting of each rule within a year, the first first. `within`: the ids of the customer's groups."""
    groups = frozenset(within)
    found = [
        coming
        for rule in rules
        if rule.active
        for coming in [_next(profile, rule, not rule.segment or rule.segment in groups, now, business)]
        if coming
    ]
    return sorted(found, key=lambda one: (one.day, one.rule.name))


def _next(
    profile: Mapping[str, Any], rule: Greeting, belongs: bool, now: datetime, business: Business
) -> Coming | None:
    occasion = plans.occasion_of(rule)
    zone = calendar_rules.zone_of(profile.get("timezone"), business=business.timezone)
    judged = [
        judgement.judge(rule, profile, occurrence=name, belongs=belongs, now=now, business=business)
        for name in dict.fromkeys(_occurrences(profile, occasion, zone, now, business.leap_day))
    ]
    found = [coming for one in judged if one.verdict in _STILL_TO_COME for coming in [_coming(rule, one)] if coming]
    near = [one for one in found if one.day <= (now + _AHEAD).date()]
    return min(near, key=lambda one: one.day, default=None)


def _coming(rule: Greeting, judged: Judged) -> Coming | None:
    if judged.celebration is None or judged.planned_on is None:
        return None
    return Coming(rule, judged.planned_on, judged.celebration.occasion_on, judged.celebration.years)


def _occurrences(
    profile: Mapping[str, Any], occasion: Occasion, zone: ZoneInfo, now: datetime, leap_day: str
) -> Iterator[str]:
    """The names of all occurrences that a year ahead can hold; a day is sent before or after by days of rest."""
    days = [(now + step).date() for step in (-_AHEAD, timedelta(), _AHEAD)]
    if feast := occasion.feast:
        yield from (name for day in days for _, name in feasts.days(feast, year=day.year))
    elif not occasion.yearly or occasion.source == LARGE_PURCHASE:
        for beginning in occasions.beginnings(profile):
            if beginning.source == occasion.source:
                yield from _on_days(beginning.local(zone), occasion, days, leap_day)
    else:
        yield from (f"{occasions.year_of(day, occasion):04}" for day in days)


def _on_days(began: occasions.Day, occasion: Occasion, days: Iterable[date], leap_day: str) -> Iterator[str]:
    if not occasion.yearly:
        yield from [began.date.isoformat()] if began.date else []
        return
    for day in days:
        yield calendar_rules.celebrated_on(began.month_day, year=day.year, leap_day=leap_day).isoformat()
