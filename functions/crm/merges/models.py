"""A merge of two records, with all that is needed to undo it, in the partition of the record that stays."""

from typing import Any

from pynamodb.attributes import ListAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute
from crm.customers.models import partition

MERGE = "MERGE#"
POINTER = "POINTER"
BEFORE = ("into", "old", "after")
KEPT = "#KEPT#"


class Merge(CrmItem, discriminator="merge"):
    """What was merged into whom, which value of each field stands and why; erased with the record that stays.

    `state`: moving, done, undoing, undone. `fields`: [{field, wins, why}], without the values.
    """

    into = UnicodeAttribute()
    old = UnicodeAttribute()
    state = UnicodeAttribute()
    at = UnicodeAttribute()
    by = UnicodeAttribute()
    undo_until = UnicodeAttribute()
    done_at = UnicodeAttribute(null=True)
    undone_at = UnicodeAttribute(null=True)
    undone_by = UnicodeAttribute(null=True)
    fields: ListAttribute[Any] = ListAttribute(of=DocumentAttribute)
    # Of the undoing: {kept: fields changed since, which stay with the other record; events: so many recorded since}.
    report = DocumentAttribute(null=True)

    @property
    def merge_id(self) -> str:
        return self.sk.removeprefix(MERGE)

    @property
    def customer_id(self) -> str:
        """With whom it stands now: `into`, or whom that one was merged into since."""
        return self.pk.partition("#")[2]

    @classmethod
    def keyed(cls, customer_id: str, merge_id: str, **attributes: Any) -> "Merge":
        """The item of a merge."""
        return cls(partition(customer_id), f"{MERGE}{merge_id}", **attributes)

    @classmethod
    def read(cls, customer_id: str, merge_id: str) -> "Merge | None":
        """The merge as it is now, consistently; None where it is not, or not with this customer."""
        try:
            return cls.get(partition(customer_id), f"{MERGE}{merge_id}", consistent_read=True)
        except cls.DoesNotExist:
            return None


class Before(CrmItem, discriminator="merge_before"):
    """A record as it was, kept for the time in which a merge can be undone: `into`, `old`, or `after` what changed."""

    profile = DocumentAttribute()
    sources = DocumentAttribute(null=True)
    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, customer_id: str, merge_id: str, which: str, **attributes: Any) -> "Before":
        """One of the three of a merge."""
        return cls(partition(customer_id), f"{MERGE}{merge_id}#BEFORE#{which}", **attributes)

    @classmethod
    def read(cls, customer_id: str, merge_id: str, which: str) -> "Before | None":
        """What was kept, consistently; None when its time is over."""
        place = cls.keyed(customer_id, merge_id, which)
        try:
            return cls.get(place.pk, place.sk, consistent_read=True)
        except cls.DoesNotExist:
            return None


class Kept(CrmItem, discriminator="merge_kept"):
    """An item of the record that went, of which the other one had its own: it is in that one now, or stands in for it.

    `item` as it was; where the other's was changed by it, that one `before` and `after`. All as DynamoDB writes them.
    """

    item = DocumentAttribute()

    @classmethod
    def keyed(cls, customer_id: str, merge_id: str, sk: str) -> "Kept":
        """The place of an item that is kept."""
        return cls(partition(customer_id), f"{MERGE}{merge_id}{KEPT}{sk}")


class KeptElsewhere(CrmItem, discriminator="merge_kept_elsewhere"):
    """Stands with a customer for each relation with them that a merge of others keeps; by its key alone.

    By it the erasure of the customer finds what is kept.
    """

    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, customer_id: str, merge_id: str, sk: str, **attributes: Any) -> "KeptElsewhere":
        """The mark of one relation, which had this sort key."""
        return cls(partition(customer_id), f"KEPT#{merge_id}#{sk}", **attributes)


class MergePointer(CrmItem, discriminator="merge_pointer"):
    """Where a merge stands, and which request made it; its put decides that a request acts once."""

    customer = UnicodeAttribute()
    request_hash = UnicodeAttribute()

    @classmethod
    def keyed(cls, merge_id: str, **attributes: Any) -> "MergePointer":
        """The pointer of a merge."""
        return cls(f"{MERGE}{merge_id}", POINTER, **attributes)

    @classmethod
    def read(cls, merge_id: str) -> "MergePointer | None":
        """The pointer as it is now, consistently."""
        try:
            return cls.get(f"{MERGE}{merge_id}", POINTER, consistent_read=True)
        except cls.DoesNotExist:
            return None
