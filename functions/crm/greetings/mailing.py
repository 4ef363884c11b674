"""What a greeting says, and whether it is due, at the moment it is sent."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.business import service as business_service
from crm.business.rules import Business
from crm.calendar import feasts
from crm.calendar.occasions import Celebration
from crm.checkups import service as checkup_service
from crm.core import clock
from crm.core.config import settings
from crm.core.errors import NotFound
from crm.greetings import audience, plans, rules, service
from crm.greetings.judgement import Judged, Verdict, judge
from crm.greetings.models import Greeting
from crm.mail import languages
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft, Source, Value, Withheld, Write, no_follow

SWITCHED_OFF = "its rule was switched off before it was sent"
NOT_DUE = "it is not due any more: the occasion, the group or the rule has changed since"
TOO_LATE = "it was too late in the day: no greeting goes out at or after {latest} local time"
MISSED = "its day, {day} in {zone}, had passed before it could be sent"


def draft(order: Order, recipient: Recipient, begun: bool) -> Draft | Withheld | None:
    """The greeting that the order is about; None where nothing is due (any more)."""
    rule = _rule(order.rule)
    if rule is None:
        # What had begun gets its reason; of what had not there is nothing to say.
        return Withheld("greeting", Code.SWITCHED_OFF, SWITCHED_OFF) if begun else None
    business = business_service.current()
    judged = judge(
        rule,
        recipient.profile,
        occurrence=order.occurrence,
        belongs=audience.group_of(rule).includes(recipient.profile),
        now=clock.now(),
        business=business,
    )
    if judged.verdict is Verdict.DUE and judged.celebration:
        return _with_link(drafted(rule, judged, judged.celebration, order.occurrence), rule, order, recipient)
    if judged.verdict is Verdict.NOT_OWED:
        reason = Withheld(rule.purpose, Code.NOT_DUE, NOT_DUE, decision=decision(rule, judged))
        return reason if begun else None
    # Too early: moved since it was ordered; a later tick orders it again.
    return None if judged.verdict is Verdict.EARLY else expired(rule, judged, business)


def drafted(rule: Greeting, judged: Judged, celebration: Celebration, occurrence: str) -> Draft:
    """The greeting of a celebration under a rule."""
    source = plans.occasion_of(rule).source
    return Draft(
        template=rule.template,
        purpose=rule.purpose,
        values=_values(rule, celebration),
        still_true=_unchanged(rule),
        occasion=f"{source}:{occurrence}" if rule.occasion != rules.DAYS_AFTER else None,
        decision=decision(rule, judged),
        why=rules.CHECKUP if rule.occasion == rules.CHECKUP else None,
    )


def _with_link(planned: Draft, rule: Greeting, order: Order, recipient: Recipient) -> Draft:
    """With the address of the customer's own page; only what is sent has one, which is signed."""
    if rule.occasion != rules.CHECKUP:
        return planned
    link = checkup_service.link(recipient.id, recipient.profile, occurrence=order.occurrence)
    return replace(planned, values={**planned.values, "link": link})


def _values(rule: Greeting, celebration: Celebration) -> dict[str, Value]:
    """What a template may ask for; a text that asks for what there is not is left out."""
    counted = rule.occasion == rules.DAYS_AFTER
    return {
        "date": None if rule.feast else celebration.began,
        "years": None if rule.feast or counted else celebration.years,
        "days": int(rule.offset_days) if counted else None,
        "feast": feasts.known()[rule.feast].names if rule.feast else None,
        "amount": _money(celebration.amount),
        # A dry run shows where it will stand.
        "link": "#" if rule.occasion == rules.CHECKUP else None,
    }


def _money(amount: Decimal | None) -> Mapping[str, str] | None:
    """In each language, as its readers write it: which one the mail is in, its template says."""
    if amount is None:
        return None
    currency = settings().reporting_currency
    return {
        code: f"{languages.decimal(amount, languages.choose(code), places=2)} {currency}" for code in languages.NAMES
    }


def expired(rule: Greeting, judged: Judged, business: Business) -> Withheld:
    """Why it was too late."""
    code, reason = Code.DAY_PASSED, MISSED.format(day=judged.planned_on, zone=judged.timezone)
    if judged.verdict is Verdict.TOO_LATE:
        code, reason = Code.TOO_LATE, TOO_LATE.format(latest=business.latest_hour)
    return Withheld(rule.purpose, code, reason, "expired", decision(rule, judged))


def decision(rule: Greeting, judged: Judged) -> dict[str, Any]:
    """What a greeting was decided on, as it stood then."""
    found = judged.celebration
    known = {
        "rule": rule.greeting_id,
        "rule_name": rule.name,
        "rule_version": int(rule.version),
        "segment": rule.segment,
        "occasion": plans.occasion_of(rule).source,
        "occasion_on": found.occasion_on.isoformat() if found else None,
        "planned_on": judged.planned_on.isoformat() if judged.planned_on else None,
        "send_at": rule.send_at,
        "timezone": judged.timezone,
    }
    return {name: value for name, value in known.items() if value is not None}


def _unchanged(rule: Greeting) -> Write:
    def check(transaction: TransactWrite) -> None:
        # Switched off, changed or deleted between here and the claim: nothing goes out on what it was.
        as_read = (Greeting.active == True) & (Greeting.version == rule.version)  # noqa: E712
        transaction.condition_check(Greeting, rule.pk, rule.sk, condition=as_read)

    return check


def _rule(greeting_id: str) -> Greeting | None:
    try:
        rule = service.get(greeting_id=greeting_id)
    except NotFound:
        return None
    return rule if rule.active else None


SOURCE = Source(draft=draft, follow=no_follow)
