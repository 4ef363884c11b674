"""Items of routing: the business's rules, and whose turn it is in a team."""

import json
from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.transactions import TransactWrite

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute

PARTITION = "ROUTING"
RULES = "RULES"
TURN = "TURN#"


class RoutingRules(CrmItem, discriminator="routing_rules"):
    """All rules in their order, as JSON text: what somebody wrote as a condition is kept as it was written."""

    version = WholeNumberAttribute()
    rules = UnicodeAttribute()
    updated_at = UnicodeAttribute(null=True)
    updated_by = UnicodeAttribute(null=True)

    @classmethod
    def read(cls) -> "RoutingRules":
        """The rules as they are now, consistently; none, of version 0, before anything was decided."""
        try:
            return cls.get(PARTITION, RULES, consistent_read=True)
        except cls.DoesNotExist:
            return cls(PARTITION, RULES, version=0, rules="[]")

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The rules: [{id, name, when, to: {member} or {team}}]."""
        found: list[dict[str, Any]] = json.loads(self.rules)
        return found


class Turn(CrmItem, discriminator="turn"):
    """Who of a team was given somebody at which turn: `last` by member, of `taken` turns in all."""

    taken = WholeNumberAttribute()
    last = DocumentAttribute()

    @classmethod
    def read(cls, team: str) -> "Turn":
        """The turn of a team as it is now, consistently; nobody's yet where none was taken."""
        try:
            return cls.get(PARTITION, TURN + team, consistent_read=True)
        except cls.DoesNotExist:
            return cls(PARTITION, TURN + team, taken=0, last={})

    @property
    def turns(self) -> Mapping[str, int]:
        """By member the number of their last turn."""
        return {name: int(number) for name, number in self.last.items()}

    def take(self, transaction: TransactWrite, *, by: str, of: tuple[str, ...]) -> None:
        """Put into a transaction that it was this one's turn, on the condition that nobody took one meanwhile."""
        number = int(self.taken) + 1
        # Who has left the team is forgotten, else the item would grow for ever.
        last = {name: turn for name, turn in self.last.items() if name in of} | {by: number}
        is_still = Turn.taken == self.taken if self.taken else Turn.pk.does_not_exist()
        transaction.save(Turn(self.pk, self.sk, taken=number, last=last), condition=is_still)
