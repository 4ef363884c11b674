"""What happened with a customer, in order of time, and the receipts of the requests that recorded it."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute
from crm.customers.models import partition

EVENT = "EVENT#"


class Event(CrmItem, discriminator="event"):
    """Anything that happened at one time: an interaction, a purchase, later a visit or a repair."""

    kind = UnicodeAttribute()
    at = UnicodeAttribute()
    recorded_at = UnicodeAttribute()
    recorded_by = UnicodeAttribute()
    details = DocumentAttribute()
    audit = DocumentAttribute(null=True)

    @property
    def customer_id(self) -> str:
        return self.pk.partition("#")[2]

    @property
    def event_id(self) -> str:
        return self.sk.rpartition("#")[2]

    @classmethod
    def keyed(cls, customer_id: str, event_id: str, *, kind: str, at: str, **attributes: Any) -> "Event":
        """The item of an event; its key sorts by time."""
        return cls(partition(customer_id), f"{EVENT}{at}#{kind}#{event_id}", kind=kind, at=at, **attributes)


class Receipt(CrmItem, discriminator="receipt"):
    """Under the id that an Idempotency-Key gives: which event the request made, so that its replay makes none.

    An event's own key holds its time, which a replay may default differently.
    """

    event_sk = UnicodeAttribute()
    # Whose event it is, where the request named a record that was merged, and the id that it named.
    event_pk = UnicodeAttribute(null=True)
    given = UnicodeAttribute(null=True)
    request_hash = UnicodeAttribute()

    @classmethod
    def keyed(cls, customer_id: str, event_id: str, **attributes: Any) -> "Receipt":
        """The receipt of one request."""
        return cls(partition(customer_id), f"RECEIPT#{event_id}", **attributes)
