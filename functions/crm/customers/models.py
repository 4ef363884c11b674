"""Items of a customer's own: the profile, also of who was deleted, whose a contact is, marks of deletions, merges."""

from collections.abc import Callable
from typing import Any, TypeVar

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from crm.core.table import CrmItem, DocumentAttribute

PROFILE = "PROFILE"
CONTACT = "CONTACT"
DELETED = "DELETED"
BIN = "BIN"
ERASING = "ERASING"
ERASED = "ERASED"
MERGED = "MERGED"
# Of merges of merges; who is merged more often than this is still there under the last ids.
_LONGEST_CHAIN = 40
Found = TypeVar("Found")


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
    # The hand-picked groups that they are in; crm.segments.handpicked changes it.
    groups = UnicodeSetAttribute(null=True)
    facts = DocumentAttribute()
    # What the customer's relations come to, by kind; crm.relations changes it (crm.relations.rules.with_one).
    relations = DocumentAttribute(null=True)
    # Addresses and numbers of records that were merged into this one, where it has others: they still lead here.
    other_addresses = UnicodeSetAttribute(null=True)
    # While the items of a merge, or of one that is undone, are on their way: {merge, other: the id at its other end}.
    merging = DocumentAttribute(null=True)
    # The fields (pointers) of which something else was said as well: crm.customers.conflicts.
    conflicts = UnicodeSetAttribute(null=True)

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


class Deleted(Profile, discriminator="deleted"):
    """The profile of a customer who was deleted and can still be restored: where nobody looks for a profile.

    All else of the partition stays as it is, and silent: whoever writes or reads there asks for the profile first.
    """

    deleted_at = UnicodeAttribute()
    deleted_by = UnicodeAttribute()

    @classmethod
    def keyed(cls, customer_id: str, **attributes: Any) -> "Deleted":
        """The place of one customer's."""
        return cls(partition(customer_id), DELETED, **attributes)

    @classmethod
    def of(cls, profile: Profile, *, at: str, by: str) -> "Deleted":
        """What a profile becomes."""
        return cls.keyed(profile.customer_id, **_fields(profile), deleted_at=at, deleted_by=by)

    @classmethod
    def find(cls, customer_id: str) -> "Deleted | None":
        """The deleted profile, consistently; None where nobody of this id can be restored."""
        try:
            return cls.get(partition(customer_id), DELETED, consistent_read=True)
        except cls.DoesNotExist:
            return None

    def restored(self, **stamps: Any) -> Profile:
        """The profile that it was, with other stamps."""
        known = {name: value for name, value in _fields(self).items() if name not in ("deleted_at", "deleted_by")}
        return Profile.keyed(self.customer_id, **{**known, **stamps})


class InBin(CrmItem, discriminator="in_bin"):
    """By the time of their deletion, those who can be restored; nothing but the key."""

    @classmethod
    def keyed(cls, customer_id: str, *, deleted_at: str) -> "InBin":
        """The entry of one deleted customer."""
        return cls(BIN, f"{deleted_at}#{customer_id}")

    @property
    def deleted_at(self) -> str:
        return self.sk.partition("#")[0]

    @property
    def customer_id(self) -> str:
        return self.sk.partition("#")[2]


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
    """Stands while a deleted customer's partition is being emptied; its stream record starts the work.

    It says to the end of it under which addresses and names the customer may stand elsewhere.
    """

    requested_at = UnicodeAttribute()
    addresses = UnicodeSetAttribute(null=True)
    names = UnicodeSetAttribute(null=True)
    # The ids of records that were merged into this one.
    merged = UnicodeSetAttribute(null=True)

    @classmethod
    def keyed(cls, customer_id: str, **attributes: Any) -> "Erasing":
        """The mark of one customer's erasure."""
        return cls(partition(customer_id), ERASING, **attributes)

    @property
    def customer_id(self) -> str:
        return self.pk.partition("#")[2]

    @classmethod
    def find(cls, customer_id: str) -> "Erasing | None":
        """The mark as it is now, consistently; None for who is not being erased."""
        try:
            return cls.get(partition(customer_id), ERASING, consistent_read=True)
        except cls.DoesNotExist:
            return None


class Erased(CrmItem, discriminator="erased"):
    """Says that an id was a deleted customer's, and nothing else of them; only a restoration takes it away.

    A POST that is repeated after the deletion would bring them back: its id is derived from its key.
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


class Merged(CrmItem, discriminator="merged"):
    """Stands under the id of a record that was merged into another: whoever has the id reaches the other one.

    It is all that is left in its partition, and is looked for only where a profile is missing.
    """

    into = UnicodeAttribute()
    merge = UnicodeAttribute()
    # Since when the merge is being undone: the record stands again, and what is its own is on the way back.
    parting = UnicodeAttribute(null=True)
    # Of the request that made the record, whose repetition is answered with the other one.
    request_hash = UnicodeAttribute(null=True)

    @classmethod
    def keyed(cls, customer_id: str, **attributes: Any) -> "Merged":
        """The mark of one id."""
        return cls(partition(customer_id), MERGED, **attributes)

    @classmethod
    def read(cls, customer_id: str) -> "Merged | None":
        """The mark as it is now, consistently; None for an id that was not merged away."""
        try:
            return cls.get(partition(customer_id), MERGED, consistent_read=True)
        except cls.DoesNotExist:
            return None


def followed(customer_id: str, look: Callable[[str], Found | None]) -> Found | None:
    """What `look` finds under an id, or else under the id of the record that this one was merged into, and so on.

    Nothing but the look itself is read while it finds something.
    """
    for _ in range(_LONGEST_CHAIN):
        found = look(customer_id)
        if found is not None:
            return found
        mark = Merged.read(customer_id)
        if mark is None:
            # A merge may have been undone between the two reads.
            return look(customer_id)
        customer_id = mark.into
    return None


def _fields(profile: Profile) -> dict[str, Any]:
    """All that is known in a profile, but for where it stands."""
    values = profile.attribute_values.items()
    return {name: value for name, value in values if value is not None and name not in ("pk", "sk", "entity")}
