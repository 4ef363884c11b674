"""Who asks, and what they may: the answer of the guard (`crm.access`), carried to whatever works for the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Reach = Literal["own", "team", "all"]


@dataclass(frozen=True)
class Actor:
    """A member of staff, or a machine by its key, with the rights of their role.

    `rights`: permission to reach. `hidden`: JSON pointers of the fields of a customer that they do not see. `mine`:
    the owners whose customers are theirs (themselves, and whom they stand in for); `team`: those of their teams, too.
    `unowned`: whether customers without an owner are within reach of who does not reach all.
    """

    who: str
    role: str
    key: str | None = None
    rights: Mapping[str, Reach] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    unowned: bool = False
    mine: frozenset[str] = frozenset()
    team: frozenset[str] = frozenset()

    def reach(self, permission: str) -> Reach | None:
        """How far a permission goes; None: they do not have it."""
        return self.rights.get(permission)

    def may(self, permission: str) -> bool:
        """Whether they have it at all."""
        return permission in self.rights

    def owners(self, permission: str) -> frozenset[str] | None:
        """Whose customers the permission reaches; None: everybody's. Nobody's stand apart: see `unowned`."""
        reach = self.reach(permission)
        if reach == "all":
            return None
        return {"own": self.mine, "team": self.team}.get(str(reach), frozenset())

    def reaches(self, permission: str, owner: str | None) -> bool:
        """Whether the permission reaches a customer with this owner; None or "": nobody owns them."""
        owners = self.owners(permission)
        if owners is None:
            return True
        return owner in owners if owner else self.may(permission) and self.unowned
