"""Who asks, and what they may: the answer of the guard (`crm.access`), carried to whatever works for the request."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from crm.core import purposes

Reach = Literal["own", "team", "all"]


@dataclass(frozen=True)
class Within:
    """Whose customers are within reach, and whether those are that nobody owns."""

    owners: frozenset[str]
    unowned: bool

    def holds(self, owner: str | None) -> bool:
        """Whether a customer with this owner is; None or "": nobody owns them."""
        return owner in self.owners if owner else self.unowned


@dataclass(frozen=True)
class Actor:
    """A member of staff, or a machine by its key, with the rights of their role.

    `rights`: permission to reach. `hidden`: JSON pointers of the fields of a customer that they do not see. `mine`:
    the owners whose customers are theirs (themselves, and whom they stand in for); `team`: those of their teams, too.
    `unowned`: whether customers without an owner are within reach of who does not reach all. `contact`: those hidden
    fields that they do see, one by one and in exports, of customers who allow contact for `purpose`.
    """

    who: str
    role: str
    key: str | None = None
    rights: Mapping[str, Reach] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    unowned: bool = False
    purpose: str | None = None
    contact: frozenset[str] = frozenset()
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

    def is_limited(self, permission: str) -> bool:
        """Whether there are customers whom the permission does not reach."""
        return self.reach(permission) != "all"

    @property
    def never_seen(self) -> frozenset[str]:
        """The fields that they see of nobody, whatever anybody allows."""
        return self.hidden - self.contact

    def shown_of(self, consent: Mapping[str, bool] | None) -> frozenset[str]:
        """The hidden fields that they see of one customer, who has said this by purpose."""
        return self.contact if self.purpose and purposes.allows(consent, self.purpose) else frozenset()

    @property
    def scope(self) -> str:
        """Who it is and what they reach, as a text: cursors are bound to it, so that they end with a right."""
        rights = [
            self.role,
            sorted(self.rights.items()),
            sorted(self.hidden),
            self.unowned,
            self.purpose,
            sorted(self.contact),
        ]
        told = json.dumps([rights, sorted(self.mine), sorted(self.team)])
        return f"{self.who}:{hashlib.sha256(told.encode()).hexdigest()[:16]}"

    def within(self, *permissions: str) -> Within | None:
        """Which customers all of these permissions reach; None: everybody."""
        limited = [(self.owners(one), self.may(one)) for one in permissions if self.is_limited(one)]
        if not limited:
            return None
        owners = frozenset.intersection(*(reached or frozenset() for reached, _ in limited))
        return Within(owners, self.unowned and all(has for _, has in limited))

    def reaches(self, permission: str, owner: str | None) -> bool:
        """Whether the permission reaches a customer with this owner; None or "": nobody owns them."""
        within = self.within(permission)
        return within is None or within.holds(owner)
