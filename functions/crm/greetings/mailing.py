"""What a greeting says, and whether it is due, at the moment it is sent."""

from datetime import timedelta

from crm.calendar import occasions
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
    found = occasions.on(
        recipient.profile,
        rules.OCCASIONS[rule.occasion],
        occurrence=order.occurrence,
        zone=zone,
        leap_day=settings().leap_day,
    )
    if found is None:
        return None
    now, planned = clock.now(), found.occasion_on + timedelta(days=int(rule.offset_days))
    today = calendar_rules.local_date(now, zone)
    if today < planned or (today == planned and not rules.has_begun(send_at=rule.send_at, moment=now, zone=zone)):
        return None  # moved since it was ordered; a later tick orders it again
    if today > planned:
        return Withheld(PURPOSE, Code.DAY_PASSED, rules.MISSED, "expired")
    if not rules.is_decent(latest=settings().latest_hour, moment=now, zone=zone):
        late = rules.LATE.format(latest=settings().latest_hour)
        return Withheld(PURPOSE, Code.TOO_LATE, late, "expired")
    return Draft(template=rule.template, purpose=PURPOSE, values={"date": found.began})


def _rule(greeting_id: str) -> Greeting | None:
    try:
        rule = service.get(greeting_id=greeting_id)
    except NotFound:
        return None
    return rule if rule.active else None


SOURCE = Source(draft=draft, follow=no_follow)
