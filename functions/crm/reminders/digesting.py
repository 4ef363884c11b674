"""What a digest says, and what its fate means for the reminders in it."""

from collections.abc import Mapping
from datetime import datetime, time
from functools import partial
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from pynamodb.transactions import TransactWrite

from crm.core import clock, items, views
from crm.core.config import settings
from crm.mail import languages, recipients
from crm.mail.languages import Language
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft, Source, Withheld, Write
from crm.reminders import changing, digests, outcomes, rules
from crm.reminders.changing import Change
from crm.reminders.digests import Schedule
from crm.reminders.models import PREFIX, Reminder

PURPOSE = "service"
# The claim looks at each reminder and at its own mail, and a transaction holds a hundred items.
MOST = 40
SWITCHED_OFF = "they get their reminders one by one now"
PASSED = "its day is over; what it was about is in the next one"
NOTHING = "nothing of it is due any more"


def draft(order: Order, recipient: Recipient, begun: bool) -> Draft | Withheld | None:
    """The day's reminders and all that are overdue; None where there are none, or it is not due (any more)."""
    schedule = digests.of_member(recipient, clock.now())
    if schedule is None:
        return Withheld(PURPOSE, Code.SWITCHED_OFF, SWITCHED_OFF) if begun else None
    if order != schedule.order:
        return Withheld(PURPOSE, Code.DAY_PASSED, PASSED, "expired") if begun else None
    listed, names = _listed(schedule) if clock.now() >= schedule.begins else ([], {})
    if not listed:
        return Withheld(PURPOSE, Code.NOTHING_DUE, NOTHING) if begun else None
    language = languages.choose(recipient.language, settings().business_language)
    lines = [_line(reminder, names, schedule, language) for reminder in listed]
    day = datetime.combine(schedule.day, time.fromisoformat(schedule.at))
    return Draft(
        template="digest",
        purpose=PURPOSE,
        values={"date": day, "count": len(listed), "message": "\n".join(lines)},
        still_true=partial(_all_still_true, listed),
        decision={"reminders": [_noted(reminder) for reminder in listed]},
        waits=False,
    )


def follow(message: Message) -> Write | None:
    """Sent, the digest settles the reminders that are still as they were told. Else they go out one by one."""
    fate = rules.fate(message.state, message.reason_code)
    if fate not in ("sent", "failed"):
        return None
    noted = {PREFIX + one["id"]: one for one in (message.decision or {}).get("reminders", [])}
    found = Reminder.batch_get([(message.pk, sk) for sk in noted], consistent_read=True) if noted else []
    changes = [(one, _change(one, noted[one.sk], message, fate)) for one in found]

    def write(transaction: TransactWrite) -> None:
        for reminder, change in changes:
            if change:
                changing.put(transaction, reminder, change)

    return write


def _change(reminder: Reminder, noted: Mapping[str, Any], message: Message, fate: str) -> Change | None:
    key = message.order.key
    if _noted(reminder) == noted and reminder.state in rules.OPEN:
        # What failed has told nobody anything: the reminders stay due.
        return outcomes.onward(reminder, state=fate, told_by=key) if fate == "sent" else None
    return outcomes.reported(reminder, key=key, state=fate, reason=message.reason)


def _listed(schedule: Schedule) -> tuple[list[Reminder], Mapping[str, Mapping[str, Any]]]:
    """The reminders to tell, the first due first, and what is known of the customers they are about."""
    entries = islice(views.each(f"DUE#{schedule.owner}", until=schedule.until), MOST)
    keys = [(schedule.owner, PREFIX + str(entry["sk"]).partition("#")[2]) for entry in entries]
    stored = Reminder.batch_get(keys, consistent_read=True) if keys else []
    pending = [one for one in stored if one.state == "pending" and one.due_at < schedule.until]
    places = {recipients.place("customer", one.customer_id) for one in pending if one.customer_id}
    found = items.many([*places, *((one.pk, one.order.sk) for one in pending)])
    people = {pk.partition("#")[2]: found[pk, sk] for pk, sk in places if (pk, sk) in found}
    # One that has a mail of its own under way ends with that.
    alone = [one for one in pending if (one.pk, one.order.sk) not in found and not _is_apart(one, people)]
    return sorted(alone, key=lambda one: one.due_at), people


def _is_apart(reminder: Reminder, people: Mapping[str, Mapping[str, Any]]) -> bool:
    """What a talk has made needless says so by itself, when it is due; nobody is told of who was deleted."""
    profile = people.get(reminder.customer_id or "")
    if reminder.customer_id and profile is None:
        return True
    if not reminder.unless_contact or profile is None:
        return False
    since = datetime.fromisoformat(reminder.since or reminder.created_at)
    return rules.spoke(profile, since=since, now=clock.now()) is not None


def _line(reminder: Reminder, people: Mapping[str, Mapping[str, Any]], schedule: Schedule, language: Language) -> str:
    due = _local(reminder.due_at, schedule.zone)
    hour = languages.shown(due.time(), language)
    overdue = due.date() < schedule.day
    shown = f"{languages.shown(due.date(), language)}, {hour}" if overdue else hour
    about = people.get(reminder.customer_id or "")
    return f"{shown} {reminder.subject}" + (f" ({about['name']})" if about else "")


def _local(instant: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(instant).astimezone(zone)


def _noted(reminder: Reminder) -> dict[str, str]:
    return {"id": reminder.reminder_id, "occurrence": reminder.present, "revision": str(reminder.revision)}


def _all_still_true(listed: list[Reminder], transaction: TransactWrite) -> None:
    for reminder in listed:
        transaction.condition_check(Reminder, reminder.pk, reminder.sk, condition=reminder.unchanged)
        alone = Message.pk.does_not_exist()
        transaction.condition_check(Message, reminder.pk, reminder.order.sk, condition=alone)


SOURCE = Source(draft=draft, follow=follow)
