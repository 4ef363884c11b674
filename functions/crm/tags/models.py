"""Changes of a tag over all customers who have it, all in one partition, and numbered: one is asked for at a time."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, DocumentsAttribute, WholeNumberAttribute

PARTITION = "TAGS"
PREFIX = "TAGCHANGE#"
RUNNING, DONE, UNDOING, UNDONE = "running", "done", "undoing", "undone"
UNDER_WAY = frozenset({RUNNING, UNDOING})


class TagChange(CrmItem, discriminator="tag_change"):
    """A tag that gets another name, joins another tag or goes; its stream record starts the work, each time.

    `key`: how the tag is folded; `name`: None where it goes. `uses`: what names the tag and follows it,
    [{kind, id, name, rule or questions}]. `counts`: what the work came to.
    """

    change_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    tag = UnicodeAttribute()
    key = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    at = UnicodeAttribute()
    by = UnicodeAttribute()
    customers = WholeNumberAttribute()
    uses = DocumentsAttribute()
    counts = DocumentAttribute(null=True)
    done_at = UnicodeAttribute(null=True)
    undo_until = UnicodeAttribute()
    undone_at = UnicodeAttribute(null=True)
    undone_by = UnicodeAttribute(null=True)
    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @property
    def number(self) -> int:
        return int(self.sk.removeprefix(PREFIX))

    @classmethod
    def numbered(cls, number: int, **attributes: Any) -> "TagChange":
        """The item of a change. Whoever puts the next number first has seen all changes before it."""
        return cls(PARTITION, f"{PREFIX}{number:010}", **attributes)

    @classmethod
    def read_all(cls) -> "list[TagChange]":
        """All changes of the last weeks, consistently, in order."""
        return list(cls.query(PARTITION, cls.sk.startswith(PREFIX), consistent_read=True))

    @classmethod
    def find(cls, change_id: str) -> "TagChange | None":
        """One change as it is now, consistently."""
        return next((one for one in cls.read_all() if one.change_id == change_id), None)
