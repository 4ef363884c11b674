"""What a reminder says, whether it is due at the moment it is sent, and what its mail's fate means for it."""

from datetime import datetime
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock
from crm.mail import recipients
from crm.mail import rules as mail_rules
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft, Source, Withheld, Write
from crm.reminders import changing, digests, hiding, leaving, outcomes, rules, wording
from crm.reminders.models import Reminder

PURPOSE = "service"


def draft(order: Order, recipient: Recipient, begun: bool) -> Draft | Withheld | None:
    """The reminder that the order is about; None where it is gone, settled, or not due (any more)."""
    reminder = _due(order)
    if reminder is None:
        return None
    if recipient.kind == "staff" and recipient.profile.get("inactive"):
        # Where somebody takes their place the reminder is on its way to that one.
        return None if leaving.heir_of(reminder) else Withheld(PURPOSE, Code.SWITCHED_OFF, leaving.GONE)

    about = reminder.customer_id if recipient.kind == "staff" else None
    if reminder.silent or (about and hiding.is_deleted(about)):
        return None  # nobody is told of who is in the bin

    spoke = _spoke(reminder)
    if spoke:
        decision = _decision(reminder) | {"last_contact_at": clock.instant(spoke)}
        return Withheld(PURPOSE, Code.RECENT_CONTACT, rules.SPOKE, decision=decision)

    if not begun and recipient.kind == "staff" and digests.takes(recipient, clock.now()):
        return None

    def still_true(transaction: TransactWrite) -> None:
        transaction.condition_check(Reminder, reminder.pk, reminder.sk, condition=reminder.unchanged)
        if about:
            hiding.still_here(transaction, customer_id=about)

    template, values = wording.of(reminder)
    is_late = clock.now() - datetime.fromisoformat(reminder.due_at) > rules.ON_TIME
    return Draft(
        template=template,
        purpose=PURPOSE,
        values=values,
        still_true=still_true,
        decision=_decision(reminder),
        waits=is_late and recipient.kind == "customer",
    )


def _due(order: Order) -> Reminder | None:
    reminder = Reminder.read(order.pk, order.rule)
    if reminder is None or reminder.state not in rules.OPEN or reminder.due_at > clock.stamp():
        return None
    # Else ordered before the series went on.
    return reminder if order.occurrence == reminder.present else None


def follow(message: Message) -> Write | None:
    """What the mail's fate means for the reminder: its state, or the next occurrence; written with the mail's state."""
    order = message.order
    fate = rules.fate(message.state, message.reason_code)
    # Whether mail to a member of staff arrived does not matter to another who has the reminder by now.
    look = Reminder.find if order.recipient == "customer" else Reminder.read
    reminder = look(order.pk, order.rule) if fate else None
    if fate is None or reminder is None:
        return None
    retry = mail_rules.retry_at(message, kind=order.kind)
    change = outcomes.settled(reminder, occurrence=order.occurrence, state=fate, reason=message.reason, retry=retry)
    return partial(changing.put, reminder=reminder, change=change) if change else None


def _spoke(reminder: Reminder) -> datetime | None:
    """When somebody talked to the customer of a reminder that this makes needless; None: it is to be sent."""
    if not reminder.unless_contact or not reminder.customer_id:
        return None
    # Read now, not taken from the order: what counts is the moment of sending.
    customer = recipients.load(kind="customer", recipient_id=reminder.customer_id)
    since = datetime.fromisoformat(reminder.since or reminder.created_at)
    return rules.spoke(customer.profile, since=since, now=clock.now()) if customer else None


def _decision(reminder: Reminder) -> dict[str, Any]:
    names = ("at", "timezone", "repeat", "unless_contact", "since")
    known = {name: reminder.attribute_values.get(name) for name in names}
    return {name: value for name, value in known.items() if value}


SOURCE = Source(draft=draft, follow=follow)
