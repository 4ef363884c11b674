"""What a greeting says, and whether it is due, at the moment it is sent."""

from datetime import datetime

from crm.calendar import rules as calendar_rules
from crm.core import clock
from crm.core.config import settings
from crm.core.errors import NotFound
from crm.greetings import rules, service
from crm.greetings.models import Greeting
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft, Source, Withheld, no_follow

PURPOSE = "greeting"
SWITCHED_OFF = "its rule was switched off before it was sent"


def draft(order: Order, recipient: Recipient, begun: bool) -> Draft | Withheld | None:
    """The greeting that the order is about; None where nothing is due (any more)."""
    rule = _rule(order.rule)
    if rule is None:
        # What had begun gets its reason; of what had not there is nothing to say.
        return Withheld(PURPOSE, Code.SWITCHED_OFF, SWITCHED_OFF) if begun else None
    zone = calendar_rules.zone_of(recipient.timezone, business=settings().business_timezone)
    began = calendar_rules.beginning(recipient.profile, occasion=rule.occasion, zone=zone)
    if began is None or not calendar_rules.has_come_round(began[1], occurrence=int(order.occurrence)):
        return None
    now = clock.now()
    planned = rules.sent_on(
        began[0], occurrence=order.occurrence, offset_days=int(rule.offset_days), leap_day=settings().leap_day
    )
    today = calendar_rules.local_date(now, zone)
    if today < planned or (today == planned and not rules.has_begun(send_at=rule.send_at, moment=now, zone=zone)):
        return None  # moved since it was ordered; a later tick orders it again
    if today > planned:
        return Withheld(PURPOSE, Code.DAY_PASSED, rules.MISSED, "expired")
    if not rules.is_decent(latest=settings().latest_hour, moment=now, zone=zone):
        late = rules.LATE.format(latest=settings().latest_hour)
        return Withheld(PURPOSE, Code.TOO_LATE, late, "expired")
    since = datetime.fromisoformat(f"{began[1]}-{began[0]}").date() if began[1] else None
    return Draft(template=rule.template, purpose=PURPOSE, values={"date": since})


def _rule(greeting_id: str) -> Greeting | None:
    try:
        rule = service.get(greeting_id=greeting_id)
    except NotFound:
        return None
    return rule if rule.active else None


SOURCE = Source(draft=draft, follow=no_follow)
