"""Handovers: the customers of one member, or of nobody, that are given to others."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from crm.core.table import DocumentAttribute
from crm.rounds.models import Round
from crm.routing.rules import Target

PARTITION = "HANDOVERS"
PREFIX = "HANDOVER#"


class Handover(Round, discriminator="handover"):
    """One handover.

    `giver`: whose customers; None: nobody's. `to`: {rules: true}, {member} or {team}. `trial`: it counts who would go
    to whom and changes nothing.
    """

    request_hash = UnicodeAttribute()
    giver = UnicodeAttribute(null=True)
    to = DocumentAttribute()
    trial = BooleanAttribute()

    @property
    def handover_id(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @property
    def round_id(self) -> str:
        return self.handover_id

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
