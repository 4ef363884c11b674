"""Handovers: the customers of one member, or of nobody, that are given to others."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute
from crm.routing.rules import Target

PARTITION = "HANDOVERS"
PREFIX = "HANDOVER#"
RUNNING, DONE, UNDOING, UNDONE = "running", "done", "undoing", "undone"
UNDER_WAY = frozenset({RUNNING, UNDOING})


class Handover(CrmItem, discriminator="handover"):
    """One handover; its stream record starts the work, each time that its state changes.

    `giver`: whose customers; None: nobody's. `to`: {rules: true}, {member} or {team}. `trial`: it counts who would go
    to whom and changes nothing. `counts`: what the work came to.
    """

    request_hash = UnicodeAttribute()
    giver = UnicodeAttribute(null=True)
    to = DocumentAttribute()
    trial = BooleanAttribute()
    state = UnicodeAttribute()
    at = UnicodeAttribute()
    by = UnicodeAttribute()
    counts = DocumentAttribute(null=True)
    done_at = UnicodeAttribute(null=True)
    undo_until = UnicodeAttribute()
    undone_at = UnicodeAttribute(null=True)
    undone_by = UnicodeAttribute(null=True)
    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @property
    def handover_id(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @property
    def target(self) -> Target | None:
        """The member or the team; None: by the rules."""
        return None if self.to.get("rules") else Target(self.to.get("member"), self.to.get("team"))

    @classmethod
    def keyed(cls, handover_id: str, **attributes: Any) -> "Handover":
        """The item of a handover."""
        return cls(PARTITION, PREFIX + handover_id, **attributes)

    @classmethod
    def find(cls, handover_id: str) -> "Handover | None":
        """One as it is now, consistently."""
        try:
            return cls.get(PARTITION, PREFIX + handover_id, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def read_all(cls) -> "list[Handover]":
        """All of the last weeks, consistently."""
        return list(cls.query(PARTITION, consistent_read=True))
