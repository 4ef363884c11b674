"""The roster: one small item that says which role everybody has, so that each request reads no more than this."""

from pynamodb.attributes import NumberAttribute

from crm.core.table import CrmItem, DocumentAttribute

PARTITION = "ACCESS"
ROSTER = "ROSTER"


class Roster(CrmItem, discriminator="roster"):
    """Written in the transaction of each change of a member's role, absence or teams, and of the business's roles.

    `members`: {id: {role, inactive, teams, away_from, away_until, substitute}}, each only where it was ever given; a
    `role` of None was taken away. `roles`: the business's own, {id: {says, own, team, all, hidden, unowned}}.
    """

    version = NumberAttribute()
    members = DocumentAttribute()
    roles = DocumentAttribute()

    @classmethod
    def read(cls) -> "Roster":
        """The roster as it is now, consistently; an empty one of version 0 before anything was given."""
        try:
            return cls.get(PARTITION, ROSTER, consistent_read=True)
        except cls.DoesNotExist:
            return cls(PARTITION, ROSTER, version=0, members={}, roles={})
