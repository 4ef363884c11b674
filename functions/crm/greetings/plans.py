"""What a rule plans: which occasion of the calendar it is about, and on which local days it greets for it. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from crm.calendar.occasions import Occasion
from crm.greetings import rules
from crm.greetings.models import Greeting

_SOURCES = {
    "birthday": "birthday",
    "purchase_anniversary": "first_purchase",
    "last_purchase_anniversary": "last_purchase",
    "large_purchase_anniversary": "large_purchase",
    "joined_anniversary": "joined",
}


def occasion_of(rule: Greeting) -> Occasion:
    """What the calendar is asked for under a rule."""
    if rule.occasion == rules.DAYS_AFTER:
        return Occasion(f"custom.{rule.field}" if rule.event == "custom" else str(rule.event), yearly=False)
    if rule.occasion == "custom_anniversary":
        return Occasion(f"custom.{rule.field}", yearly=True)
    return Occasion(_SOURCES[rule.occasion], yearly=True, least=rule.min_amount)


def planned_on(rule: Greeting, occasion_on: date) -> date:
    """The local day on which an occasion is greeted: so many days from it."""
    return occasion_on + timedelta(days=int(rule.offset_days))


def occasions_on(rule: Greeting, planned: date) -> Iterator[date]:
    """The days whose occasions are greeted on a local day: none out of season."""
    if rules.in_season(planned, starts_on=rule.starts_on, ends_on=rule.ends_on):
        yield planned - timedelta(days=int(rule.offset_days))
