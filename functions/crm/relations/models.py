"""A relation in the partition of each of its two customers, and the receipts of requests that made one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from crm.core import clock
from crm.core.table import CrmItem, WholeNumberAttribute
from crm.customers.models import partition
from crm.relations import rules

RELATION = "RELATION#"
_KEPT = timedelta(days=30)


class Relation(CrmItem, discriminator="relation"):
    """How one customer is related to another; the other one's item, the mirror, says the same from that side.

    Both are written in one transaction and have the same `version`. With the business itself there is no mirror.
    """

    version = WholeNumberAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    roles = UnicodeSetAttribute(null=True)
    title = UnicodeAttribute(null=True)
    from_ = UnicodeAttribute(null=True, attr_name="from")
    until = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)

    @property
    def customer_id(self) -> str:
        return self.pk.partition("#")[2]

    @property
    def kind(self) -> str:
        return self.sk.split("#")[1]

    @property
    def other(self) -> str:
        return self.sk.split("#")[2]

    @property
    def said(self) -> dict[str, Any]:
        """What is said of it, without what is empty."""
        known = {"roles": sorted(self.roles or ()), "title": self.title, "from": self.from_}
        known |= {"until": self.until, "note": self.note}
        return {name: value for name, value in known.items() if value}

    @classmethod
    def keyed(cls, customer_id: str, kind: str, other: str, **attributes: Any) -> "Relation":
        """The item with one of the two."""
        return cls(partition(customer_id), f"{RELATION}{kind}#{other}", **attributes)

    def mirrored(self) -> "Relation | None":
        """The item with the other one; None where that is the business."""
        mirror = rules.KINDS[self.kind].mirror
        if mirror is None:
            return None
        known = {name: value for name, value in self.attribute_values.items() if name not in ("pk", "sk", "entity")}
        return Relation.keyed(self.other, mirror, self.customer_id, **known)

    @classmethod
    def find(cls, customer_id: str, kind: str, other: str) -> "Relation | None":
        """The item as it is now, consistently."""
        place = cls.keyed(customer_id, kind, other)
        try:
            return cls.get(place.pk, place.sk, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def of(cls, customer_id: str, kind: str = "") -> "Iterator[Relation]":
        """All of one customer's, or those of a kind, consistently."""
        prefix = f"{RELATION}{kind}#" if kind else RELATION
        yield from cls.query(partition(customer_id), cls.sk.startswith(prefix), consistent_read=True)


class RelationReceipt(CrmItem, discriminator="relation_receipt"):
    """Says that a request was carried out; by a hash, so nothing of whom it was about is left with it."""

    request_hash = UnicodeAttribute()
    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, request: str, *, request_hash: str) -> "RelationReceipt":
        """The receipt of a request under an id that is derived from caller, route and key."""
        until = int((clock.now() + _KEPT).timestamp())
        return cls(f"RELATION_RECEIPT#{request}", "RECEIPT", request_hash=request_hash, expires_at=until)

    @classmethod
    def find(cls, request: str) -> "RelationReceipt | None":
        """The receipt as it is stored, consistently; None when the request is new."""
        try:
            return cls.get(f"RELATION_RECEIPT#{request}", "RECEIPT", consistent_read=True)
        except cls.DoesNotExist:
            return None
