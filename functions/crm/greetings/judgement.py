"""Whether a greeting is due to one customer at one moment. Pure; tick, mailer and lists judge by the same rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import Any

from crm.business.rules import Business
from crm.calendar import occasions
from crm.calendar import rules as calendar_rules
from crm.calendar.occasions import Celebration
from crm.greetings import plans, rules
from crm.greetings.models import Greeting
from crm.greetings.rules import Window


class Verdict(Enum):
    """What there is to do now."""

    NOT_OWED = auto()
    EARLY = auto()
    DUE = auto()
    TOO_LATE = auto()
    DAY_PASSED = auto()


ENDED = frozenset({Verdict.TOO_LATE, Verdict.DAY_PASSED})


@dataclass(frozen=True)
class Judged:
    """A verdict, and what it is about: the celebration, the local day of sending and its hours, in which zone."""

    verdict: Verdict
    timezone: str
    celebration: Celebration | None = None
    planned_on: date | None = None
    plan: Window | None = None


def judge(
    rule: Greeting, profile: Mapping[str, Any], *, occurrence: str, belongs: bool, now: datetime, business: Business
) -> Judged:
    """Judge an occurrence by the customer as they are. `belongs`: the rule has no group, or they are in it."""
    zone = calendar_rules.zone_of(profile.get("timezone"), business=business.timezone)
    occasion = plans.occasion_of(rule)
    found = occasions.on(profile, occasion, occurrence=occurrence, zone=zone, leap_day=business.leap_day)
    if found is None:
        return Judged(Verdict.NOT_OWED, zone.key)
    day = plans.planned_on(rule, found.occasion_on, business=business)
    plan = rules.window(day, zone=zone, send_at=rule.send_at, latest=business.latest_hour)
    since = datetime.fromisoformat(max(rule.in_force_since, str(profile["created_at"])))
    in_season = rules.in_season(day, starts_on=rule.starts_on, ends_on=rule.ends_on)
    owed = rule.active and belongs and in_season and rules.is_owed(plan, since=since)
    return Judged(verdict(plan, now) if owed else Verdict.NOT_OWED, zone.key, found, day, plan)


def verdict(plan: Window, now: datetime) -> Verdict:
    """Where in its day of sending a moment lies."""
    if now < plan.begins:
        return Verdict.EARLY
    if now < plan.stops:
        return Verdict.DUE
    return Verdict.TOO_LATE if now < plan.over else Verdict.DAY_PASSED
