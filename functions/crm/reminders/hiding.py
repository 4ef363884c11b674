"""Reminders to and about a customer in the bin: silent as long as the customer is there.

The views are made of the reminder alone, so it has to say itself that nobody is to see it. Whether it is to is looked
up in each write, so that a deletion and a restoration may follow each other as they like.
"""

from collections.abc import Iterator
from functools import partial

from pynamodb.transactions import TransactWrite

from crm.core import clock, items, table
from crm.core.errors import StoreUnavailable
from crm.mail import changes as mail_changes
from crm.reminders import changing, outcomes, rules
from crm.reminders.changing import Change
from crm.reminders.models import ABOUT, END, PREFIX, About, Reminder, partition

MISSED = "the customer was deleted when it was due, and restored later"
_DELETED = "DELETED"
_TRIES = 8


def follow(*, customer_id: str) -> None:
    """Silence the reminders of a customer in the bin; let those of everybody else speak. It may be repeated."""
    for _ in range(_TRIES):
        binned = is_deleted(customer_id)
        waiting = [one for one in _of(customer_id) if bool(one.silent) is not binned]
        written = [_written(customer_id, one, binned) for one in waiting]
        if all(written):
            return
    raise StoreUnavailable("these reminders are being changed by many at once")


def is_deleted(customer_id: str) -> bool:
    """Whether a customer is in the bin."""
    return items.one(partition("customer", customer_id), _DELETED) is not None


def still_here(transaction: TransactWrite, *, customer_id: str) -> None:
    """Put into a transaction that a customer is not in the bin."""
    place = (partition("customer", customer_id), _DELETED)
    transaction.condition_check(table.CrmItem, *place, condition=table.CrmItem.pk.does_not_exist())


def _of(customer_id: str) -> Iterator[Reminder]:
    """What the customer is reminded of, and what members of staff are reminded of about them."""
    pk = partition("customer", customer_id)
    yield from Reminder.query(pk, Reminder.sk.between(PREFIX, END), consistent_read=True)
    for mark in About.query(pk, About.sk.startswith(ABOUT), consistent_read=True):
        reminder_id, _, staff_id = mark.sk.removeprefix(ABOUT).partition("#")
        found = Reminder.read(partition("staff", staff_id), reminder_id)
        if found:
            yield found


def _written(customer_id: str, reminder: Reminder, binned: bool) -> bool:
    change: Change = {"silent": True} if binned else {**_caught_up(reminder), "silent": None}
    held = partial(mail_changes.called_off, reminder.order, reason=MISSED, for_good=True)
    mail = held() if "state" in change else None
    place = (partition("customer", customer_id), _DELETED)
    exists = table.CrmItem.pk.exists() if binned else table.CrmItem.pk.does_not_exist()

    def write(transaction: TransactWrite) -> None:
        changing.put(transaction, reminder, change)
        transaction.condition_check(table.CrmItem, *place, condition=exists)
        if mail:
            mail(transaction)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True


def _caught_up(reminder: Reminder) -> Change:
    """A mail to the customer that was missed is not sent late; what a member of staff was to do is still to be done."""
    missed = reminder.state in rules.OPEN and reminder.due_at <= clock.stamp()
    if reminder.to != "customer" or not missed or _is_under_way(reminder):
        return {}
    return outcomes.onward(reminder, state="withheld", reason=MISSED)


def _is_under_way(reminder: Reminder) -> bool:
    found = items.one(reminder.pk, reminder.order.sk)
    return found is not None and found["state"] in ("claimed", "handed", "unknown")
