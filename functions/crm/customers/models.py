"""Items of a customer's own: the profile, who a contact belongs to, and the mark of an erasure under way."""

from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from crm.core.table import CrmItem, DocumentAttribute

PROFILE = "PROFILE"
CONTACT = "CONTACT"
ERASING = "ERASING"
ERASED = "ERASED"


def partition(customer_id: str) -> str:
    """The partition of all that belongs to one customer."""
    return f"CUSTOMER#{customer_id}"


class Profile(CrmItem, discriminator="profile"):
    """What we know about a customer, and the facts that the customer's events add up to."""

    version = NumberAttribute()
    revision = NumberAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    request_hash = UnicodeAttribute(null=True)
    kind = UnicodeAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    birthday = UnicodeAttribute(null=True)
    joined_on = UnicodeAttribute(null=True)
    gender = UnicodeAttribute(null=True)
    income_band = UnicodeAttribute(null=True)
    payment_method = UnicodeAttribute(null=True)
    purchase_purpose = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    timezone = UnicodeAttribute(null=True)
    address = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    tags: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    consent = DocumentAttribute(null=True)
    # By purpose what the customer answered behind a link, {allowed, at, how}; staff's changes leave it as it is.
    own_answers = DocumentAttribute(null=True)
    custom = DocumentAttribute(null=True)
    age_noted = DocumentAttribute(null=True)
    organisation = DocumentAttribute(null=True)
    # The hand-picked groups that they are in; crm.segments.handpicked changes it.
    groups = UnicodeSetAttribute(null=True)
    facts = DocumentAttribute()

    @property
    def customer_id(self) -> str:
        return self.pk.partition("#")[2]

    @classmethod
    def keyed(cls, customer_id: str, **attributes: Any) -> "Profile":
        """The profile item of a customer."""
        return cls(partition(customer_id), PROFILE, **attributes)

    @classmethod
    def read(cls, customer_id: str) -> "Profile":
        """The profile as it is now, consistently. Raises Profile.DoesNotExist."""
        return cls.get(partition(customer_id), PROFILE, consistent_read=True)


class Contact(CrmItem, discriminator="contact"):
    """Who a normalised e-mail address or phone number belongs to; written in the transaction of the profile."""

    customers = UnicodeSetAttribute(null=True)

    @classmethod
    def keyed(cls, address: str) -> "Contact":
        """The item of an address or number."""
        return cls(f"CONTACT#{address}", CONTACT)

    @classmethod
    def read(cls, address: str) -> "Contact | None":
        """The item as it is now, consistently, or None."""
        try:
            return cls.get(f"CONTACT#{address}", CONTACT, consistent_read=True)
        except cls.DoesNotExist:
            return None


class Erasing(CrmItem, discriminator="erasing"):
    """Stands while a deleted customer's partition is being emptied; its stream record starts the work."""

    requested_at = UnicodeAttribute()

    @classmethod
    def keyed(cls, customer_id: str, **attributes: Any) -> "Erasing":
        """The mark of one customer's erasure."""
        return cls(partition(customer_id), ERASING, **attributes)


class Erased(CrmItem, discriminator="erased"):
    """Says that an id was a deleted customer's, and nothing else of them; it stays, so that nobody comes back under it.

    A POST that is repeated after the deletion would: its id is derived from its key.
    """

    @classmethod
    def keyed(cls, customer_id: str) -> "Erased":
        """The mark of one id, apart from the partition that is emptied."""
        return cls(f"ERASED#{customer_id}", ERASED)

    @classmethod
    def stands(cls, customer_id: str) -> bool:
        """Whether the id was a deleted customer's."""
        try:
            return bool(cls.get(f"ERASED#{customer_id}", ERASED, consistent_read=True))
        except cls.DoesNotExist:
            return False
