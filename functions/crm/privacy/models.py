"""The record of an erasure, which stays: what was taken away, and nothing about whom. What customers ask for."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute
from crm.customers.models import partition

ERASURES = "ERASURES"
ASKED = "ASKED#"
WISHES = "WISHES"


class Erasure(CrmItem, discriminator="erasure"):
    """One customer's, under their random id, which is nobody's any more."""

    requested_at = UnicodeAttribute()
    requested_by = UnicodeAttribute(null=True)
    way = UnicodeAttribute()
    state = UnicodeAttribute()
    # How many items or objects of each kind are gone so far; raised in the transactions that delete.
    erased = DocumentAttribute()
    places_done = UnicodeSetAttribute(null=True)
    # When all places are gone through once more, since a function was at work there (RFC 3339).
    again_at = UnicodeAttribute(null=True)
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


class Asked(CrmItem, discriminator="asked"):
    """That a customer asked for their data, or to be forgotten: the latest request of each kind.

    `request_id` is random and of this request alone: a link that was mailed for an earlier one opens nothing any more.
    """

    # asked → mailed → opened (data); asked → mailed → confirmed → refused (erasure)
    state = UnicodeAttribute()
    request_id = UnicodeAttribute()
    asked_at = UnicodeAttribute()
    # The member of staff who had the link sent; none: the customer.
    asked_by = UnicodeAttribute(null=True)
    # A keyed hash of the address that the link went to; whoever has another by now opens nothing with it.
    sent_to = UnicodeAttribute(null=True)
    openings = WholeNumberAttribute(default=0)
    confirmed_at = UnicodeAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    # Seconds since 1970, for the table's TTL; what was confirmed stays with the customer.
    expires_at = WholeNumberAttribute(null=True)

    @property
    def customer_id(self) -> str:
        return self.pk.partition("#")[2]

    @property
    def what(self) -> str:
        return self.sk.removeprefix(ASKED)

    @classmethod
    def keyed(cls, customer_id: str, what: str) -> "Asked":
        """The place of one customer's requests of a kind."""
        return cls(partition(customer_id), f"{ASKED}{what}")

    @classmethod
    def find(cls, customer_id: str, what: str) -> "Asked | None":
        """The request as it is now, consistently."""
        place = cls.keyed(customer_id, what)
        try:
            return cls.get(place.pk, place.sk, consistent_read=True)
        except cls.DoesNotExist:
            return None


class Wish(CrmItem, discriminator="wish"):
    """A confirmed wish to be forgotten that staff have to decide about; nothing but the key."""

    @property
    def customer_id(self) -> str:
        return self.sk

    @classmethod
    def keyed(cls, customer_id: str) -> "Wish":
        """The entry of one customer."""
        return cls(WISHES, customer_id)
