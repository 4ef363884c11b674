"""What the audit keeps: records, which tell of one deed with its values and go with whom they are about; entries, which
stay for ever, in a chain; where a person's entries are; and the head of the chain.
"""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, DocumentsAttribute, WholeNumberAttribute

RECORD = "AUDIT#"
BUSINESS = "AUDIT#RECORDS#"
CHAIN, PLACES, HEAD = "AUDIT#CHAIN#", "AUDIT#OF#", "AUDIT#HEAD"
CUSTOMER = "CUSTOMER#"
_DAY = len("2026-11-22")
_DIGITS = 12


class Record(CrmItem, discriminator="audit_record"):
    """One deed: who, from where and when (`audit`, as `crm.core.cause` gives it), and what became of which items.

    `deeds`: {pk, sk, did, kind, changes}, the changes as in `crm.changes.rules`. What is of a customer stands with the
    customer, and goes with them.
    """

    at = UnicodeAttribute()
    event = UnicodeAttribute()
    audit = DocumentAttribute()
    deeds = DocumentsAttribute()

    @classmethod
    def placed(cls, pk: str, *, record_id: str, at: str, **attributes: Any) -> "Record":
        """A record; of one partition they sort by time."""
        return cls(pk, f"{RECORD}{at}#{record_id}", at=at, **attributes)


class Attempt(CrmItem, discriminator="audit_attempt"):
    """A request that was refused (`event` denied), or that showed what is logged (read), and what it named: ids alone.

    It goes by itself, long after it is in the chain.
    """

    at = UnicodeAttribute()
    event = UnicodeAttribute()
    audit = DocumentAttribute()
    named = DocumentAttribute(null=True)
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, event: str, *, record_id: str, at: str, **attributes: Any) -> "Attempt":
        """One of a day."""
        return cls(f"AUDIT#{event.upper()}#{day_of(at)}", f"{RECORD}{at}#{record_id}", event=event, at=at, **attributes)


class Entry(CrmItem, discriminator="audit_entry"):
    """A link of the chain: `text`, JSON of what happened with salted hashes in place of values (see `crm.audit.links`).

    `hash` is of the text and of the hash `before`; `mac` is a keyed hash of that, by the signing key `key`.
    """

    text = UnicodeAttribute()
    before = UnicodeAttribute()
    hash = UnicodeAttribute()
    mac = UnicodeAttribute()
    key = UnicodeAttribute()

    @classmethod
    def linked(cls, *, day: str, number: int, **attributes: Any) -> "Entry":
        """The entry `number`, which was linked on that day."""
        return cls(f"{CHAIN}{day}", numbered(number), **attributes)


class Place(CrmItem, discriminator="audit_place"):
    """Where the entry of a record is. It is written with the entry, so no record is linked twice."""

    day = UnicodeAttribute()
    number = WholeNumberAttribute()

    @classmethod
    def key_of(cls, about: str, *, at: str, record: str) -> tuple[str, str]:
        """By whom it is about (`about`: a customer's id, or another noun) and the record's own name."""
        return f"{PLACES}{about}", f"{at}#{record}"


class Head(CrmItem, discriminator="audit_head"):
    """The end of the chain: how many entries there are, the hash of the last, the days of the first and the last."""

    number = WholeNumberAttribute()
    hash = UnicodeAttribute()
    first_day = UnicodeAttribute()
    day = UnicodeAttribute()

    @classmethod
    def keyed(cls, **attributes: Any) -> "Head":
        """The one head."""
        return cls(HEAD, "HEAD", **attributes)

    @classmethod
    def read(cls) -> "Head | None":
        """The head as it is stored, consistently; None before the first entry."""
        try:
            return cls.get(HEAD, "HEAD", consistent_read=True)
        except cls.DoesNotExist:
            return None


def day_of(at: str) -> str:
    """The day of an instant."""
    return at[:_DAY]


def numbered(number: int) -> str:
    """A number that sorts as text."""
    return f"{number:0{_DIGITS}}"
