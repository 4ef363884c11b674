"""The record of an erasure, which stays: what was taken away, by kind and count, and nothing about whom."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from crm.core.table import CrmItem, DocumentAttribute

ERASURES = "ERASURES"


class Erasure(CrmItem, discriminator="erasure"):
    """One customer's, under their random id, which is nobody's any more."""

    requested_at = UnicodeAttribute()
    requested_by = UnicodeAttribute(null=True)
    way = UnicodeAttribute()
    state = UnicodeAttribute()
    # How many items or objects of each kind are gone so far; raised in the transactions that delete.
    erased = DocumentAttribute()
    places_done = UnicodeSetAttribute(null=True)
    # By the keyed hashes of the addresses that are not to come back the ids of their keys; of others' there is none.
    marks = DocumentAttribute()
    shared_addresses = NumberAttribute()
    finished_at = UnicodeAttribute(null=True)
    receipt = UnicodeAttribute(null=True)

    @property
    def customer_id(self) -> str:
        return self.sk

    @property
    def prints(self) -> list[tuple[str, str]]:
        """Key id and hash of each address that is not to come back."""
        return [(key_id, printed) for printed, key_id in sorted(self.marks.items())]

    @classmethod
    def keyed(cls, customer_id: str) -> "Erasure":
        """The place of one customer's."""
        return cls(ERASURES, customer_id)

    @classmethod
    def find(cls, customer_id: str) -> "Erasure | None":
        """The record as it is now, consistently."""
        try:
            return cls.get(ERASURES, customer_id, consistent_read=True)
        except cls.DoesNotExist:
            return None
