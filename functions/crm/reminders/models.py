"""A reminder in the partition of whom it goes to, and the pointer that finds it by its id alone."""

from typing import Literal

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute
from crm.mail.orders import ONCE, Order, of_key

PREFIX = "REMINDER#"
# "$" follows "#": all sort keys that begin with the prefix are less than this.
END = "REMINDER$"
POINTER = "POINTER"
ABOUT = "ABOUT#"
NOWHERE = "-"
State = Literal["pending", "sent", "completed", "skipped", "withheld", "failed", "in_doubt"]


class Reminder(CrmItem, discriminator="reminder"):
    """What to remind whom of, and when: `at` on the clocks of `timezone`, which is the instant `due_at`.

    One that repeats holds the present occurrence, the next to be told, and what became of the one before it in `last`.
    `version` counts changes of what it is about and when; `revision` counts every change.
    """

    version = NumberAttribute()
    revision = WholeNumberAttribute(null=True)
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    to = UnicodeAttribute()
    customer_id = UnicodeAttribute(null=True)
    at = UnicodeAttribute()
    timezone = UnicodeAttribute()
    due_at = UnicodeAttribute()
    subject = UnicodeAttribute()
    message = UnicodeAttribute(null=True)
    # What only whom it goes to may open; no route shows it, and the mail says it below the message.
    private_link = UnicodeAttribute(null=True)
    # Of a customer's mail, where it is not the usual one; and the day of the event that the time was counted from.
    template = UnicodeAttribute(null=True)
    began_on = UnicodeAttribute(null=True)
    # An RFC 5545 rule, and the wall time that its series begins at.
    repeat = UnicodeAttribute(null=True)
    starts_at = UnicodeAttribute(null=True)
    # By which the message of the present occurrence is known; without one it is the only one.
    occurrence = UnicodeAttribute(null=True)
    # The instant of the occurrence before this one, or of the making: contact since then counts for `unless_contact`.
    since = UnicodeAttribute(null=True)
    unless_contact = BooleanAttribute(null=True)
    last = DocumentAttribute(null=True)
    # What the attributes were before it was completed.
    undo = DocumentAttribute(null=True)
    state = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    # The key of the digest that told it, where it was not told by its own mail.
    told_by = UnicodeAttribute(null=True)
    # Set while the customer that it goes to, or is about, is in the bin: then no list shows it and nobody is told.
    silent = BooleanAttribute(null=True)
    # Set while it is in doubt whether the mail went out: from when on it may go again.
    retry_at = UnicodeAttribute(null=True)

    @property
    def reminder_id(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @property
    def recipient(self) -> tuple[str, str]:
        """`customer` or `staff`, and the id."""
        kind, _, recipient_id = self.pk.partition("#")
        return kind.lower(), recipient_id

    @property
    def present(self) -> str:
        """The occurrence that the reminder is at."""
        return self.occurrence or ONCE

    @property
    def order(self) -> Order:
        """The order to send the present occurrence."""
        return self.order_of(self.present)

    def order_of(self, occurrence: str) -> Order:
        """The order to send one of its occurrences."""
        return of_key("_".join((*self.recipient, self.reminder_id, occurrence)))

    @property
    def unchanged(self) -> Condition:
        """The condition that the stored reminder is still as this one was read."""
        same: Condition = (
            Reminder.revision.does_not_exist() if self.revision is None else Reminder.revision == self.revision
        )
        both: Condition = Reminder.pk.exists() & same
        return both

    @classmethod
    def read(cls, owner: str, reminder_id: str) -> "Reminder | None":
        """The reminder as it is now, consistently, in its owner's partition."""
        try:
            return cls.get(owner, PREFIX + reminder_id, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def find(cls, owner: str, reminder_id: str) -> "Reminder | None":
        """The same, also where it stands with somebody else by now: given to them, or merged into them."""
        found = cls.read(owner, reminder_id)
        if found:
            return found
        pointer = ReminderPointer.read(reminder_id)
        return cls.read(pointer.owner_pk, reminder_id) if pointer and pointer.owner_pk != owner else None


class ReminderPointer(CrmItem, discriminator="reminder_pointer"):
    """Where a reminder stands, and which request made it; its put decides that a request acts once.

    Of a deleted reminder it stays without both: a request that is repeated then makes no second one under its id, whose
    mail may have gone out already.
    """

    owner_pk = UnicodeAttribute()
    request_hash = UnicodeAttribute()

    @classmethod
    def keyed(cls, reminder_id: str) -> "ReminderPointer":
        """The pointer's place, for an update of it."""
        return cls(PREFIX + reminder_id, POINTER)

    @classmethod
    def of_deleted(cls, reminder_id: str) -> "ReminderPointer":
        """What stays of a reminder that was deleted."""
        return cls(PREFIX + reminder_id, POINTER, owner_pk=NOWHERE, request_hash=NOWHERE)

    @property
    def is_of_deleted(self) -> bool:
        """Whether the reminder was deleted."""
        return self.owner_pk == NOWHERE

    @classmethod
    def read(cls, reminder_id: str) -> "ReminderPointer | None":
        """The pointer as it is now, consistently."""
        try:
            return cls.get(PREFIX + reminder_id, POINTER, consistent_read=True)
        except cls.DoesNotExist:
            return None


class About(CrmItem, discriminator="about"):
    """Stands with a customer for each member of staff who has, or had, a reminder about them.

    By its key alone the erasure finds what is kept of the customer with that member. It outlives the reminder, because
    the mails that the reminder sent stay on record.
    """

    @classmethod
    def of(cls, reminder: Reminder) -> "About | None":
        """What to write when the reminder comes to whom it goes to; None for one that is about no customer's."""
        if reminder.to != "staff" or not reminder.customer_id:
            return None
        _, staff_id = reminder.recipient
        return cls(partition("customer", reminder.customer_id), f"{ABOUT}{reminder.reminder_id}#{staff_id}")


class ActionReceipt(CrmItem, discriminator="reminder_action"):
    """Says that an action was done, for as long as somebody may repeat the request under its key."""

    request_hash = UnicodeAttribute()
    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, reminder_id: str, receipt_id: str, *, request_hash: str, expires_at: int) -> "ActionReceipt":
        """The receipt under an id that is derived from caller, route and key."""
        return cls(PREFIX + reminder_id, f"DONE#{receipt_id}", request_hash=request_hash, expires_at=expires_at)

    @classmethod
    def read(cls, pk: str, sk: str) -> "ActionReceipt | None":
        """The receipt as it is stored, consistently; None when the request is new."""
        try:
            return cls.get(pk, sk, consistent_read=True)
        except cls.DoesNotExist:
            return None


def partition(kind: str, recipient_id: str) -> str:
    """The partition of a recipient: `customer` or `staff`, and the id."""
    return f"{kind.upper()}#{recipient_id}"
