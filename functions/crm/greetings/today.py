"""What became of the greetings of one day so far: those that went out, those that came back, and those that did not go.

No view lists mail by day: a write for each mail would be paid for a list that few look at. The calendar tells whose day
it is, and a message stands under the customer, the rule and the occurrence. Three round trips.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.business.rules import Business
from crm.calendar import service as calendar_service
from crm.core import items
from crm.core.actor import Within
from crm.customers.models import PROFILE
from crm.greetings import plans, rules
from crm.greetings.models import Greeting
from crm.mail import rules as mail_rules
from crm.mail.orders import Order

# So many of those whose day it is are looked at, and so many of each part of the calendar.
_LOOKS = 100
_NO_OUTCOME = mail_rules.OPEN | {"unknown"}
_OF_MESSAGE = ("state", "purpose", "language", "subject", "to", "reason_code", "updated_at")
_OF_PROFILE = ("name", "owner", "consent")


@dataclass(frozen=True)
class Greeted:
    """A greeting that has its outcome: the message and the customer's profile, as plain values and in part."""

    message: Mapping[str, Any]
    profile: Mapping[str, Any]


@dataclass(frozen=True)
class Outcomes:
    """The last first. `more`: how many more there were than were asked for; `complete`: whether all were looked at."""

    greeted: Sequence[Greeted]
    complete: bool
    more: int = 0


NOTHING = Outcomes((), complete=True)


def read(active: Sequence[Greeting], *, on: date, business: Business, within: Within | None, most: int) -> Outcomes:
    """The greetings under these rules on the customers' local day `on`, of those within reach, at most so many.

    What nobody knows the fate of is left out. Raises ViewsBeingBuilt.
    """
    orders, complete = _orders(active, on, business)
    looked_at = orders[:_LOOKS]
    messages = items.many(((one.pk, one.sk) for one in looked_at), consistent=False, only=_OF_MESSAGE)
    ended = {key: one for key, one in messages.items() if one["state"] not in _NO_OUTCOME}
    profiles = items.many({(pk, PROFILE) for pk, _ in ended}, consistent=False, only=_OF_PROFILE)
    found = [Greeted(one, profiles[pk, PROFILE]) for (pk, _), one in ended.items() if (pk, PROFILE) in profiles]
    mine = [one for one in found if within is None or within.holds(one.profile.get("owner"))]
    newest = sorted(mine, key=lambda one: str(one.message["updated_at"]), reverse=True)
    return Outcomes(newest[:most], complete and len(orders) <= _LOOKS, max(len(newest) - most, 0))


def _orders(active: Sequence[Greeting], on: date, business: Business) -> tuple[list[Order], bool]:
    asked = list(_asked(active, on, business))
    occasions = [(plans.occasion_of(rule), day) for rule, day in asked]
    found, complete = calendar_service.first(occasions, leap_day=business.leap_day, most=_LOOKS)
    orders = [
        Order("customer", entry.customer_id, rule.greeting_id, "greeting", entry.occurrence)
        for (rule, _), entries in zip(asked, found, strict=True)
        for entry in entries
    ]
    return list(dict.fromkeys(orders)), complete


def _asked(active: Sequence[Greeting], on: date, business: Business) -> Iterator[tuple[Greeting, date]]:
    """The days of occasions that are greeted on a day, feasts last: they are everybody's, and would hide the others."""
    for rule in sorted(active, key=lambda one: (one.occasion == rules.FEAST, one.send_at, one.greeting_id)):
        for day in plans.occasions_on(rule, on, business=business):
            yield rule, day
