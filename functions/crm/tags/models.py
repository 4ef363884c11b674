"""Changes of a tag over all customers who have it, all in one partition, and numbered: one is asked for at a time."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import DocumentsAttribute, WholeNumberAttribute
from crm.rounds.models import Round

PARTITION = "TAGS"
PREFIX = "TAGCHANGE#"


class TagChange(Round, discriminator="tag_change"):
    """A tag that gets another name, joins another tag or goes.

    `key`: how the tag is folded; `name`: None where it goes. `uses`: what names the tag and follows it,
    [{kind, id, name, rule or questions}].
    """

    change_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    tag = UnicodeAttribute()
    key = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    customers = WholeNumberAttribute()
    uses = DocumentsAttribute()

    @property
    def round_id(self) -> str:
        return self.change_id

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
