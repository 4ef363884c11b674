"""Items of routing: the business's rules, whose turn it is in a team, and what members are to be told."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute

PARTITION = "ROUTING"
RULES = "RULES"
TURN = "TURN#"
ASSIGNED = "ASSIGNED"
TOLD = "TOLD_OF_ASSIGNED"


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


class Assigned(CrmItem, discriminator="assigned"):
    """Says that a member was given a customer by others; nothing but the key, for a month."""

    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @property
    def staff_id(self) -> str:
        return self.sk.partition("#")[0]

    @property
    def customer_id(self) -> str:
        return self.sk.rpartition("#")[2]

    @classmethod
    def keyed(cls, staff_id: str, *, at: str, customer_id: str) -> "Assigned":
        """The entry of one time that one was given to the other."""
        return cls(ASSIGNED, f"{staff_id}#{at}#{customer_id}")

    @classmethod
    def first(cls, *, after: str) -> "Assigned | None":
        """The first entry of all behind a place, consistently."""
        return next(iter(cls.query(ASSIGNED, cls.sk > after if after else None, limit=1, consistent_read=True)), None)

    @classmethod
    def between(cls, staff_id: str, since: str, until: str, *, most: int) -> "list[Assigned]":
        """What a member was given after one instant, and up to another."""
        # "~" follows all ids.
        told = cls.sk.between(f"{staff_id}#{since}~", f"{staff_id}#{until}~")
        return list(cls.query(ASSIGNED, told, limit=most, consistent_read=True))


class Told(CrmItem, discriminator="told_of_assigned"):
    """Up to which instant a member, or their substitute, was told whom they were given, and which mail is about to."""

    until = UnicodeAttribute()
    # The key of the mail that is under way.
    claimed_by = UnicodeAttribute(null=True)
    revision = WholeNumberAttribute()

    @property
    def staff_id(self) -> str:
        return self.pk.partition("#")[2]

    @classmethod
    def read(cls, staff_id: str) -> "Told":
        """The mark of a member, consistently; of the beginning of time where nothing was ever told."""
        try:
            return cls.get(f"STAFF#{staff_id}", TOLD, consistent_read=True)
        except cls.DoesNotExist:
            return cls(f"STAFF#{staff_id}", TOLD, until="0", revision=0)

    @classmethod
    def of_all(cls, staff_ids: Iterable[str]) -> "list[Told]":
        """The marks of several, consistently, in the order of their ids."""
        found = cls.batch_get([(f"STAFF#{one}", TOLD) for one in set(staff_ids)], consistent_read=True)
        known = {one.staff_id: one for one in found}
        return [known.get(one) or cls(f"STAFF#{one}", TOLD, until="0", revision=0) for one in sorted(set(staff_ids))]

    def move(self, transaction: TransactWrite, *, until: str, claimed_by: str | None) -> None:
        """Put the next mark into a transaction, on the condition that this one still is the present one."""
        is_still = Told.revision == self.revision if self.revision else Told.pk.does_not_exist()
        actions: list[Action] = [Told.until.set(until), Told.revision.set(self.revision + 1), Told.entity.set(Told)]
        actions.append(Told.claimed_by.set(claimed_by) if claimed_by else Told.claimed_by.remove())
        # An update: what hears of SES's reports has no right to put.
        transaction.update(self, actions, condition=is_still)
