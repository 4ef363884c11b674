"""Webhooks, each an item, and what is sent to each: an item per event until thirty days have gone by."""

from collections.abc import Iterator

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute

WEBHOOKS = "WEBHOOKS"
DELIVERY = "DELIVERY#"


class Webhook(CrmItem, discriminator="webhook"):
    """Somebody's address and what they want to hear of.

    `secret` and `earlier` are sealed: the key that opens them is not in the table. `failing_since`: the first attempt
    of those since which none has arrived. `off_because`: why it was switched off, where nobody did it.
    """

    version = WholeNumberAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    request_hash = UnicodeAttribute()
    name = UnicodeAttribute()
    url = UnicodeAttribute()
    events = UnicodeSetAttribute()
    state = UnicodeAttribute()
    off_because = UnicodeAttribute(null=True)

    secret = UnicodeAttribute()
    earlier = UnicodeAttribute(null=True)
    earlier_until = UnicodeAttribute(null=True)
    rotation = UnicodeAttribute(null=True)
    rotated_at = UnicodeAttribute(null=True)

    failing_since = UnicodeAttribute(null=True)

    @property
    def webhook_id(self) -> str:
        return self.sk

    @classmethod
    def read(cls, webhook_id: str) -> "Webhook | None":
        """The webhook as it is stored, consistently."""
        try:
            return cls.get(WEBHOOKS, webhook_id, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def each(cls) -> Iterator["Webhook"]:
        """All of them."""
        yield from cls.query(WEBHOOKS, consistent_read=True)


class Delivery(CrmItem, discriminator="delivery"):
    """One event for one webhook. `attempts` so far; `next_at`: not before. `answer`: a status, or what failed."""

    kind = UnicodeAttribute()
    at = UnicodeAttribute()
    data = DocumentAttribute()
    state = UnicodeAttribute()
    attempts = WholeNumberAttribute()
    next_at = UnicodeAttribute()
    tried_at = UnicodeAttribute(null=True)
    answer = UnicodeAttribute(null=True)
    again = UnicodeAttribute(null=True)
    # Thirty days after its event it is forgotten.
    expires_at = WholeNumberAttribute()

    @property
    def webhook_id(self) -> str:
        return self.pk.partition("#")[2]

    @property
    def event_id(self) -> str:
        return self.sk.removeprefix(DELIVERY)

    @classmethod
    def place(cls, webhook_id: str, event_id: str) -> tuple[str, str]:
        """The key of an event's delivery: as ids of events do, it sorts by time."""
        return f"WEBHOOK#{webhook_id}", f"{DELIVERY}{event_id}"

    @classmethod
    def read(cls, pk: str, sk: str) -> "Delivery | None":
        """The delivery as it is now, consistently."""
        try:
            return cls.get(pk, sk, consistent_read=True)
        except cls.DoesNotExist:
            return None
