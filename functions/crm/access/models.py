"""The roster: one small item that says which role everybody has, so that each request reads no more than this."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute
from pynamodb.transactions import TransactWrite

from crm.core.table import CrmItem, DocumentAttribute

PARTITION = "ACCESS"
ROSTER = "ROSTER"


class Roster(CrmItem, discriminator="roster"):
    """Written in the transaction of each change of a member's role, absence or teams, and of the business's roles.

    `members`: {id: {role, inactive, teams, away_from, away_until, substitute, by, signed_out}}, each only where it was
    ever given; a `role` of None was taken away; `by`: the role of who gave it; `signed_out`: when, in seconds of the
    epoch, they were signed out everywhere. `roles`: the business's own, {id: {says, own, team, all, hidden, unowned,
    version}}. `teams`: {id: {name, version}}. `fields`: of the fields that the business has defined those that some
    roles alone see, {name: [role]}. `routed`: whether there are rules that give new customers an owner (crm.routing).
    `ended_sessions`: those that somebody signed out of, {number: until when they would have been good, in seconds of
    the epoch}.
    """

    version = NumberAttribute()
    members = DocumentAttribute()
    roles = DocumentAttribute()
    teams = DocumentAttribute()
    fields = DocumentAttribute(null=True)
    routed = BooleanAttribute(null=True)
    ended_sessions = DocumentAttribute(null=True)

    @classmethod
    def read(cls) -> "Roster":
        """The roster as it is now, consistently; an empty one of version 0 before anything was given."""
        try:
            return cls.get(PARTITION, ROSTER, consistent_read=True)
        except cls.DoesNotExist:
            return cls(PARTITION, ROSTER, version=0, members={}, roles={}, teams={})

    def followed_by(
        self,
        *,
        members: dict[str, Any] | None = None,
        roles: dict[str, Any] | None = None,
        teams: dict[str, Any] | None = None,
        fields: dict[str, Any] | None = None,
        routed: bool | None = None,
        ended_sessions: dict[str, int] | None = None,
    ) -> "Roster":
        """The next roster: this one but for what is given."""
        return Roster(
            PARTITION,
            ROSTER,
            version=self.version + 1,
            members=self.members if members is None else members,
            roles=self.roles if roles is None else roles,
            teams=self.teams if teams is None else teams,
            fields=self.fields if fields is None else fields,
            routed=self.routed if routed is None else routed,
            ended_sessions=self.ended_sessions if ended_sessions is None else ended_sessions,
        )

    def replace(self, transaction: TransactWrite, *, by: "Roster") -> None:
        """Put the next roster in place of this one, on the condition that it still is the present one."""
        is_still = Roster.version == self.version if self.version else Roster.pk.does_not_exist()
        transaction.save(by, condition=is_still)

    def touch(self, transaction: TransactWrite) -> None:
        """Put into a transaction that this is the present roster, and have the next one follow without a change.

        So is written what names a role from elsewhere. Whoever has looked for such, to take the role away, has to look
        again; and whoever took it away first has nobody name it any more.
        """
        transaction.update(self, [Roster.version.set(self.version + 1)], condition=Roster.version == self.version)
