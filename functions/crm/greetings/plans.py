"""What a rule plans: which occasion of the calendar it is about, and on which local days it greets for it. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast

from crm.business.rules import Business
from crm.calendar import rest
from crm.calendar.occasions import Occasion
from crm.greetings import rules
from crm.greetings.models import Greeting

_SOURCES = {
    "birthday": "birthday",
    "hebrew_birthday": "hebrew_birthday",
    "purchase_anniversary": "first_purchase",
    "last_purchase_anniversary": "last_purchase",
    "large_purchase_anniversary": "large_purchase",
    "joined_anniversary": "joined",
    rules.CHECKUP: "checkup",
}


def occasion_of(rule: Greeting) -> Occasion:
    """What the calendar is asked for under a rule."""
    if rule.occasion == rules.FEAST:
        return Occasion(f"feast.{rule.feast}", yearly=True)
    if rule.occasion == rules.DAYS_AFTER:
        return Occasion(f"custom.{rule.field}" if rule.event == "custom" else str(rule.event), yearly=False)
    if rule.occasion == "custom_anniversary":
        return Occasion(f"custom.{rule.field}", yearly=True)
    return Occasion(_SOURCES[rule.occasion], yearly=True, least=rule.min_amount)


def planned_on(rule: Greeting, occasion_on: date, *, business: Business) -> date:
    """The local day on which an occasion is greeted: so many days from it, away from days of rest if so wished."""
    day = occasion_on + timedelta(days=int(rule.offset_days))
    return rest.planned(day, policy=_policy(rule), business=business)


def occasions_on(rule: Greeting, planned: date, *, business: Business) -> Iterator[date]:
    """The days whose occasions are greeted on a local day, in order: none out of season, several after days of rest."""
    if rules.in_season(planned, starts_on=rule.starts_on, ends_on=rule.ends_on):
        for day in rest.origins(planned, policy=_policy(rule), business=business):
            yield day - timedelta(days=int(rule.offset_days))


def _policy(rule: Greeting) -> rest.Policy:
    return cast("rest.Policy", rule.rest_days)
