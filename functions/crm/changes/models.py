"""Items that say how a customer's record came to be what it is: its changes, and where each value is from."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.changes import rules
from crm.core.table import CrmItem, DocumentAttribute

CHANGE = "CHANGE#"
SOURCES = "SOURCES"
MERGED_FROM = "#~"
"""Stands in the key of a change behind its place, before the id of the record of which it was made."""
OPEN = "?"
REFUSED = "!"


def partition(customer_id: str) -> str:
    """The partition of the customer, of whose slice this one knows nothing."""
    return f"CUSTOMER#{customer_id}"


class Change(CrmItem, discriminator="change"):
    """One change of a record: who, when, by which way, and each field from what to what."""

    at = UnicodeAttribute()
    way = UnicodeAttribute()
    who = UnicodeAttribute(null=True)
    of = UnicodeAttribute(null=True)
    said_at = UnicodeAttribute(null=True)
    request = UnicodeAttribute(null=True)
    # The rule of routing by which a customer got their owner.
    by_rule = UnicodeAttribute(null=True)
    changes = DocumentAttribute()
    audit = DocumentAttribute(null=True)

    @classmethod
    def keyed(cls, customer_id: str, version: str, **attributes: Any) -> "Change":
        """The change that made this version, as `crm.changes.rules.place` writes it: keys sort as the changes came."""
        return cls(partition(customer_id), f"{CHANGE}{version}", **attributes)

    @classmethod
    def made_by(cls, customer_id: str, request: str | None, *, version: int, based_on: int | None) -> bool:
        """Whether a request (None: one without a key) made the version after the one it was based on; None: the last.

        So a request whose answer was lost is known when it comes again.
        """
        made = rules.place(version if based_on is None else based_on + 1)
        try:
            found = cls.get(partition(customer_id), f"{CHANGE}{made}", consistent_read=True) if request else None
        except cls.DoesNotExist:
            return False
        return found is not None and found.request == request


class Sources(CrmItem, discriminator="sources"):
    """Where the present values are from: an attribute for each field that changed since the registration.

    The attributes are called by the fields' pointers (`/email`, `/custom/size`), so that a change writes its own and
    reads nothing. Under `?/email` stands what else was said and is to be decided about, under `!/email` what was
    decided against. It is apart from the profile: there it would make every purchase dearer.
    """

    @classmethod
    def keyed(cls, customer_id: str) -> "Sources":
        """The one item of a customer."""
        return cls(partition(customer_id), SOURCES)
