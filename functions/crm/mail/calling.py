"""A greeting that no mail can carry, or whose mail came back, becomes a call: by whom, on which day, in which words.

It is kept with the message, in the customer's own partition, so it is gone when the customer is. The words are made
when the mail is withheld, since only the mailer carries the library for local digits and dates. What came back is
greeted with its subject: nothing else of a mail is kept.
"""

from datetime import date
from typing import Any

from crm.business import service as business_service
from crm.calendar import rules as calendar_rules
from crm.core import clock
from crm.core.errors import NotFound
from crm.mail import obstacles, recipients, rendering
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft
from crm.mail.standings import Standing
from crm.suppressions import service as suppression_service

# Who said no is left alone; who cannot be reached by mail is not forgotten.
_UNREACHABLE = frozenset({Code.NO_ADDRESS, Code.SUPPRESSED})


def instead(order: Order, plan: Draft, standing: Standing, *, code: Code) -> dict[str, Any] | None:
    """What to keep with a message that is withheld because of `code`; None where nobody should call."""
    if code not in _UNREACHABLE or plan.purpose != "greeting" or order.recipient != "customer":
        return None
    return _call(standing.recipient, on=standing.on, say=_words(plan, standing))


def after_bounce(message: Message) -> dict[str, Any] | None:
    """What to keep with a message that came back for good; None where nobody should call, or nobody is there.

    It is for the customer's day on which we learn of it: a call for a day that is over would be seen by nobody.
    """
    order = message.order
    if message.purpose != "greeting" or order.recipient != "customer":
        return None
    customer = recipients.load(kind="customer", recipient_id=order.id)
    # Whoever said no since is left alone.
    if customer is None or obstacles.unwilling("greeting", customer.profile, suppression_service.read(customer.email)):
        return None
    zone = calendar_rules.zone_of(customer.timezone, business=business_service.current().timezone)
    return _call(customer, on=calendar_rules.local_date(clock.now(), zone), say=message.subject)


def _call(customer: Recipient, *, on: date, say: str | None) -> dict[str, Any]:
    call = {"owner": customer.profile.get("owner"), "on": on.isoformat(), "say": say}
    return {name: value for name, value in call.items() if value is not None}


def _words(plan: Draft, standing: Standing) -> str | None:
    try:
        return rendering.spoken(plan, standing.recipient, business=standing.business)
    except NotFound:  # a template that was deleted keeps nobody from calling
        return None
