"""A reminder in the partition of whom it goes to, and the pointer that finds it by its id alone."""

from typing import Literal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from crm.core.table import CrmItem

PREFIX = "REMINDER#"
# "$" follows "#": all sort keys that begin with the prefix are less than this.
END = "REMINDER$"
POINTER = "POINTER"
NOWHERE = "-"
State = Literal["pending", "sent", "withheld", "failed", "in_doubt"]


class Reminder(CrmItem, discriminator="reminder"):
    """What to remind whom of, and when: `at` on the clocks of `timezone`, which is the instant `due_at`."""

    version = NumberAttribute()
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
    state = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
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

    @classmethod
    def read(cls, owner: str, reminder_id: str) -> "Reminder | None":
        """The reminder as it is now, consistently, in its owner's partition."""
        try:
            return cls.get(owner, PREFIX + reminder_id, consistent_read=True)
        except cls.DoesNotExist:
            return None


class ReminderPointer(CrmItem, discriminator="reminder_pointer"):
    """Where a reminder stands, and which request made it; its put decides that a request acts once.

    Of a deleted reminder it stays without both: a request that is repeated then makes no second one under its id, whose
    mail may have gone out already.
    """

    owner_pk = UnicodeAttribute()
    request_hash = UnicodeAttribute()

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


def partition(kind: str, recipient_id: str) -> str:
    """The partition of a recipient: `customer` or `staff`, and the id."""
    return f"{kind.upper()}#{recipient_id}"
