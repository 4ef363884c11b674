"""Imports, the answers that were given once for a kind of file, and what is known by another program's key."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from crm.core import ids
from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute
from crm.customers.models import partition

PARTITION = "IMPORTS"


class Import(CrmItem, discriminator="import"):
    """One file on its way into the store. Its rows stand in the bucket; here is how far it is.

    `stage` is the job under way, `next` the piece it goes on with, `by` the message that moved it there. `round` counts
    how often the file was read anew, with other answers. `busy_until`: until then the worker `holder` may be at it.
    `place` is where splitting goes on, as a `Position`; `pace` is a `progress.Pace`; `trouble` is why a try failed.
    """

    state = UnicodeAttribute()
    kind = UnicodeAttribute()
    file_name = UnicodeAttribute()
    key = UnicodeAttribute()
    options = DocumentAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    request_hash = UnicodeAttribute(null=True)
    nightly = UnicodeAttribute(null=True)
    uploaded_at = UnicodeAttribute(null=True)
    bytes = WholeNumberAttribute(null=True)
    etag = UnicodeAttribute(null=True)
    answers = DocumentAttribute(null=True)
    is_saved_mapping = BooleanAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)
    failure = DocumentAttribute(null=True)
    stage = UnicodeAttribute()
    round = WholeNumberAttribute()
    next = WholeNumberAttribute()
    by = UnicodeAttribute(null=True)
    busy_until = UnicodeAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    pace = DocumentAttribute(null=True)
    trouble = DocumentAttribute(null=True)
    place: DocumentAttribute = DocumentAttribute(null=True)
    pieces = WholeNumberAttribute()
    rows = WholeNumberAttribute()
    begun_at = UnicodeAttribute(null=True)
    checked = DocumentAttribute(null=True)
    ran = DocumentAttribute(null=True)
    ran_at = UnicodeAttribute(null=True)
    undone = DocumentAttribute(null=True)
    undo_pieces = WholeNumberAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)
    expires_at = WholeNumberAttribute()

    @property
    def import_id(self) -> str:
        return self.sk.partition("#")[2]

    @classmethod
    def keyed(cls, import_id: str, **attributes: Any) -> "Import":
        """The item of one import."""
        return cls(PARTITION, f"IMPORT#{import_id}", **attributes)

    @classmethod
    def read(cls, import_id: str) -> "Import":
        """The import as it is now, consistently. Raises Import.DoesNotExist."""
        return cls.get(PARTITION, f"IMPORT#{import_id}", consistent_read=True)


class GoAhead(CrmItem, discriminator="go_ahead"):
    """That somebody has asked for an import to go on: written with what they asked, and the stream has it done.

    Each time anew, even where nothing else has changed, so that a job whose message was lost can be begun again.
    """

    token = UnicodeAttribute()
    expires_at = WholeNumberAttribute()

    @classmethod
    def of(cls, item: Import) -> "GoAhead":
        """A new one for an import, as long in the store as that."""
        return cls(PARTITION, f"GOAHEAD#{item.import_id}", token=ids.new(), expires_at=item.expires_at)


class SavedMapping(CrmItem, discriminator="saved_mapping"):
    """What people answered about files with these columns; given again to the next such file."""

    answers = DocumentAttribute()
    saved_at = UnicodeAttribute()
    saved_by = UnicodeAttribute()

    @classmethod
    def keyed(cls, fingerprint: str, **attributes: Any) -> "SavedMapping":
        """The answers for one header."""
        return cls(PARTITION, f"MAPPING#{fingerprint}", **attributes)

    @classmethod
    def read(cls, fingerprint: str) -> "SavedMapping | None":
        """The answers, or None."""
        try:
            return cls.get(PARTITION, f"MAPPING#{fingerprint}", consistent_read=True)
        except cls.DoesNotExist:
            return None


class Reference(CrmItem, discriminator="reference"):
    """Which customer another program means by its own key, such as a customer number of the till."""

    customer = UnicodeAttribute()

    @classmethod
    def keyed(cls, reference: str, **attributes: Any) -> "Reference":
        """The item by which a key is looked up."""
        return cls(f"REFERENCE#{reference}", "REFERENCE", **attributes)


class KnownAs(CrmItem, discriminator="known_as"):
    """With the customer: the key by which another program knows them; by it the erasure finds what is looked up."""

    since = UnicodeAttribute()

    @classmethod
    def keyed(cls, customer_id: str, reference: str, **attributes: Any) -> "KnownAs":
        """One key of one customer."""
        return cls(partition(customer_id), f"REFERENCE#{reference}", **attributes)


class Seen(CrmItem, discriminator="seen"):
    """That something stood in an earlier row of a file: a person's address, or a whole purchase. Only a hash of it.

    `times` rows had it up to and with `piece`, and `before` that piece: so a piece that is looked at twice counts once.
    `said` is a hash of all that the last of them said, and `said_before` of the last before that piece. Gone after a
    few days; in a partition of its own per hash, since a file has many.
    """

    line = WholeNumberAttribute()
    piece = WholeNumberAttribute()
    before = WholeNumberAttribute()
    times = WholeNumberAttribute()
    said = UnicodeAttribute(default="")
    said_before = UnicodeAttribute(default="")
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, import_id: str, mark: str, **attributes: Any) -> "Seen":
        """What a file has under one hash."""
        return cls(f"SEEN#{import_id}#{mark}", "SEEN", **attributes)
