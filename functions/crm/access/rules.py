"""The policy as it stands in `policy.toml`, and the roles of it: pure but for the reading of that file."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from crm.core.actor import Actor, Reach
from crm.core.errors import Forbidden
from crm.core.purposes import PURPOSES

_FILE = Path(__file__).with_name("policy.toml")
_BUILT = _FILE.with_suffix(".json")
"""The same, made by the build (`infra/build/code.py`): reading TOML takes five times as long."""
_REACHES: tuple[Reach, ...] = ("own", "team", "all")
_EVERYTHING = "*"
_DEFINES_FIELDS = "fields.write"
OWNER = "owner"


@dataclass(frozen=True)
class Role:
    """What a role may (permission to reach), and which fields of a customer (JSON pointers) it does not see.

    `contact`: of these the ones that it sees of customers who allow contact for its `purpose`.
    """

    name: str
    says: str
    rights: Mapping[str, Reach]
    hidden: frozenset[str] = frozenset()
    unowned: bool = False
    purpose: str | None = None
    contact: frozenset[str] = frozenset()

    def holds(self, other: "Role") -> bool:
        """Whether the other role may nothing that this one may not: only such a one can be given away by it."""
        order = _REACHES.index
        within = all(name in self.rights and order(at) <= order(self.rights[name]) for name, at in other.rights.items())
        # What is shown of who allows a purpose is shown of nobody else, and not for another one.
        is_shown = not other.contact & self.hidden or (other.purpose == self.purpose and other.contact <= self.contact)
        return within and is_shown and self.hidden <= other.hidden and (self.unowned or not other.unowned or _all(self))


@dataclass(frozen=True)
class Policy:
    """The table: each permission's sentence, the built-in roles from more to less, the permission of each route.

    `hideable`: the fields of a customer (JSON pointers) that a role may be kept from seeing, in words. `named`: by
    route and place in the body, which permission has to reach the customer who is named there.
    `noted`: routes whose answers the audit notes, each with the places of the answer one of which has to be filled;
    none: always. `needs_all_fields`: permissions that nobody holds from whom a field is hidden; `kept_by_purpose`:
    those of them that a role keeps from which only `contact` is hidden. `signed_in`: the routes for everybody who has
    a role.
    """

    of_customers: Mapping[str, str]
    of_everybody: Mapping[str, str]
    of_business: Mapping[str, str]
    roles: Mapping[str, Role]
    routes: Mapping[str, str]
    signed_in: frozenset[str]
    hideable: Mapping[str, str]
    named: Mapping[str, Mapping[str, str]]
    needs_all_fields: frozenset[str]
    noted: Mapping[str, tuple[str, ...]]
    contact: frozenset[str]
    kept_by_purpose: frozenset[str]

    @property
    def permissions(self) -> dict[str, str]:
        """All permissions with their sentences."""
        return {**self.of_customers, **self.whole}

    @property
    def whole(self) -> dict[str, str]:
        """The permissions that are given or not, without a reach."""
        return {**self.of_everybody, **self.of_business}


@lru_cache(maxsize=1)
def policy() -> Policy:
    """The table of this deployment."""
    return parsed(json.loads(_BUILT.read_bytes()) if _BUILT.exists() else _written())


def _written() -> Mapping[str, Any]:
    import tomllib  # noqa: PLC0415 - where nothing is built

    return tomllib.loads(_FILE.read_text("utf-8"))


def lacking(permission: str) -> Forbidden:
    """The refusal of who has not got a permission: which it is stands in a file that everybody may read."""
    return Forbidden(permission, says=policy().permissions[permission])


def parsed(table: Mapping[str, Any]) -> Policy:
    """The table from its file. Raises ValueError where a role or a route names what is no permission."""
    told, purposes = table["permissions"], table.get("purposes", {})
    empty = Policy(
        of_customers=told["customers"],
        of_everybody=told["everybody"],
        of_business=told["business"],
        roles={},
        routes=table["routes"],
        signed_in=frozenset(table.get("signed_in", {}).get("routes", ())),
        hideable=table["hideable"],
        named=table["named"],
        needs_all_fields=frozenset(told["needs_all_fields"]),
        noted={route: tuple(places) for route, places in table.get("noted", {}).items()},
        contact=frozenset(purposes.get("contact", ())),
        kept_by_purpose=frozenset(purposes.get("kept", ())),
    )
    needed = {*table["routes"].values(), *(one for places in table["named"].values() for one in places.values())}
    if unknown := needed - set(empty.permissions):
        raise ValueError(f"routes need what is no permission: {', '.join(sorted(unknown))}")
    return replace(empty, roles={name: role(name, told, of=empty) for name, told in table["roles"].items()})


def role(name: str, told: Mapping[str, Any], *, of: Policy) -> Role:
    """A role from what is told of it: `says`, permissions under each reach, `hidden`, `unowned`, `purpose`.

    Raises ValueError: no such permission or purpose, or a permission without a reach that is given for some only.
    """
    known, rights = of.permissions, dict[str, Reach]()
    # The widest reach last: it counts where a permission stands under several.
    for reach in _REACHES:
        listed = told.get(reach, ())
        rights |= dict.fromkeys(known if _EVERYTHING in listed else listed, reach)
    if unknown := rights.keys() - known.keys():
        raise ValueError(f"{name}: no such permission: {', '.join(sorted(unknown))}")
    if partial := [one for one in of.whole if rights.get(one, "all") != "all"]:
        raise ValueError(f"{name}: {', '.join(sorted(partial))} cannot be given for some customers only")
    hidden, purpose = frozenset(told.get("hidden", ())), told.get("purpose")
    if purpose is not None and purpose not in PURPOSES:
        raise ValueError(f"{name}: no such purpose: {purpose}")
    by_purpose = of.contact - hidden if purpose else frozenset[str]()
    reaches_all = rights.get("customers.read") == "all"
    unfit = {*(() if reaches_all else of.of_everybody), *_needing_fields(of, hidden, by_purpose)}
    rights = {one: far for one, far in rights.items() if one not in unfit}
    # Who does not see what people allow would see it by this.
    shown = frozenset[str]() if "/consent" in hidden else by_purpose
    unowned = bool(told.get("unowned", False))
    return Role(name, str(told.get("says", "")), rights, hidden | by_purpose, unowned, purpose, shown)


def _needing_fields(of: Policy, hidden: frozenset[str], by_purpose: frozenset[str]) -> frozenset[str]:
    """The permissions that a role does not hold because of the fields that it does not see."""
    if hidden:
        return of.needs_all_fields
    return of.needs_all_fields - of.kept_by_purpose if by_purpose else frozenset()


def own_role(name: str, told: Mapping[str, Any]) -> Role:
    """A role of the business's own. What is no permission any more is left out of it, so nothing else is lost."""
    table = policy()
    known = table.permissions
    told = {**told, **{reach: [one for one in told.get(reach, ()) if one in known] for reach in _REACHES}}
    return role(name, told, of=table)


def found(name: str | None, own: Mapping[str, Any]) -> Role | None:
    """The role of a name: a built-in one, or one of the business's own; None: there is none."""
    if name is None:
        return None
    return policy().roles.get(name) or (own_role(name, own[name]) if name in own else None)


def seeing(role: Role, fields: Mapping[str, Iterable[str]]) -> Role:
    """The role without the fields of the business's own that only others see; whoever defines fields sees them all.

    `fields`: of those that some roles alone see, which. From whom a field is hidden, some permissions are taken, too.
    """
    unseen = {f"/custom/{name}" for name, seen_by in fields.items() if role.name not in seen_by}
    if not unseen or _DEFINES_FIELDS in role.rights:
        return role
    rights = {one: far for one, far in role.rights.items() if one not in policy().needs_all_fields}
    return replace(role, rights=rights, hidden=role.hidden | unseen)


def role_held(by: Actor) -> Role:
    """What somebody holds, as a role: nobody gives away more than that."""
    return Role(by.role, "", by.rights, by.hidden, by.unowned, by.purpose, by.contact)


def _all(role: Role) -> bool:
    return role.rights.get("customers.read") == "all"
