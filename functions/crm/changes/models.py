"""Items that say how a customer's record came to be what it is: its changes, and where each value is from."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute

CHANGE = "CHANGE#"
SOURCES = "SOURCES"


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
    changes = DocumentAttribute()

    @classmethod
    def keyed(cls, customer_id: str, version: str, **attributes: Any) -> "Change":
        """The change that made this version, as `crm.changes.rules.place` writes it: keys sort as the changes came."""
        return cls(partition(customer_id), f"{CHANGE}{version}", **attributes)


class Sources(CrmItem, discriminator="sources"):
    """Where the present values are from: an attribute for each field that changed since the registration.

    The attributes are called by the fields' pointers (`/email`, `/custom/size`), so that a change writes its own and
    reads nothing. It is apart from the profile: there it would make every purchase dearer.
    """

    @classmethod
    def keyed(cls, customer_id: str) -> "Sources":
        """The one item of a customer."""
        return cls(partition(customer_id), SOURCES)
