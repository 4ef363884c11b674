"""An export: a file that is made of the store in pieces. Its objects stand in the bucket, how far it is stands here."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from crm.core.table import CrmItem, DocumentAttribute, ReasonAttribute, WholeNumberAttribute

PARTITION = "EXPORTS"


class Export(CrmItem, discriminator="export"):
    """One file. `parts` are collected so far, the next begins after `place` (None when all are: see `collected_at`).

    `by` is the message that moved it on last. `expected`: about how many rows there will be, where that is known.
    `fields` are the columns of the business's own that the rows need.
    """

    state = UnicodeAttribute()
    what = UnicodeAttribute()
    format = UnicodeAttribute()
    asked = DocumentAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    request_hash = UnicodeAttribute()
    parts = WholeNumberAttribute()
    rows = WholeNumberAttribute()
    expected = WholeNumberAttribute(null=True)
    place = DocumentAttribute(null=True)
    fields = UnicodeSetAttribute(null=True)
    # What whoever asked for it reached and did not see: {owners, unowned}; none: everybody, everything.
    within = DocumentAttribute(null=True)
    hidden = UnicodeSetAttribute(null=True)
    # Of the hidden fields those that stand with customers who allow contact for a purpose: {purpose, fields}.
    contact = DocumentAttribute(null=True)
    by = UnicodeAttribute(null=True)
    collected_at = UnicodeAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)
    bytes = WholeNumberAttribute(null=True)
    failure = ReasonAttribute(null=True)
    expires_at = WholeNumberAttribute()

    @property
    def export_id(self) -> str:
        return self.sk.partition("#")[2]

    @classmethod
    def keyed(cls, export_id: str, **attributes: Any) -> "Export":
        """The item of one export."""
        return cls(PARTITION, f"EXPORT#{export_id}", **attributes)

    @classmethod
    def find(cls, export_id: str) -> "Export | None":
        """The export as it is now, consistently, or None."""
        try:
            return cls.get(PARTITION, f"EXPORT#{export_id}", consistent_read=True)
        except cls.DoesNotExist:
            return None
