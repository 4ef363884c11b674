"""Writes to a stored reminder. Each is conditional on the reminder being as it was read, so that of two only one is."""

from collections.abc import Callable, Mapping
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.core.errors import Conflict, StaleVersion
from crm.core.reason import Reason
from crm.mail.models import Message
from crm.reminders.models import Reminder

Change = Mapping[str, Any]
Also = Callable[[TransactWrite], None]


def put(transaction: TransactWrite, reminder: Reminder, change: Change) -> None:
    """Put a change into a transaction; None takes an attribute away."""
    values = {**change, "updated_at": clock.stamp(), "revision": (reminder.revision or 0) + 1}
    attributes = {name: getattr(Reminder, name) for name in values}
    actions = [
        attributes[name].remove() if value is None else attributes[name].set(value) for name, value in values.items()
    ]
    transaction.update(reminder, actions, condition=reminder.unchanged)


def commit(reminder: Reminder, change: Change, *also: Also, mail: Also | None = None) -> Reminder:
    """Write a person's change; the reminder as it is then. Raises StaleVersion, Conflict (its mail is on its way)."""
    # A completion can be taken back until something else happens.
    change = {"undo": None, **change, "version": int(reminder.version) + 1}
    commit_whole(reminder, lambda transaction: put(transaction, reminder, change), *also, mail=mail)
    found = Reminder.find(reminder.pk, reminder.reminder_id)
    if found is None:
        raise StaleVersion("somebody else deleted or reassigned it meanwhile")
    return found


def commit_whole(reminder: Reminder, *writes: Also, mail: Also | None = None) -> None:
    """Commit writes that hang on a reminder, unless its mail is between claim and answer: it would go out as it was.

    `mail`: what is written to a mail that is due and held back, which so cannot be on its way either.
    """

    def write(transaction: TransactWrite) -> None:
        for one in writes:
            one(transaction)
        if mail:
            mail(transaction)
            return
        idle = Message.pk.does_not_exist() | ~Message.state.is_in("claimed", "handed")
        transaction.condition_check(Message, reminder.pk, reminder.order.sk, condition=idle)

    try:
        table.commit(write)
    except table.ConditionFailed:
        now = Reminder.read(reminder.pk, reminder.reminder_id)
        if now is None or now.revision != reminder.revision:
            raise StaleVersion("somebody else changed it meanwhile; read it again and repeat the change") from None
        raise Conflict(Reason("its mail is on its way right now; look again in a few minutes")) from None
