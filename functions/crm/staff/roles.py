"""Use cases around the roles that a business makes of the named permissions, beside those that are built in."""

from collections.abc import Mapping
from typing import Any

from crm.access import roster, rules
from crm.access.models import Roster
from crm.access.rules import Role
from crm.core import clock, items, table
from crm.core.actor import Actor
from crm.core.errors import Conflict, Forbidden, InvalidFields, LimitReached, NotFound, StaleVersion
from crm.core.reason import Reason

MOST_ROLES = 50
_REACHES = ("own", "team", "all")
# The slice of keys asks the roster, so that one cannot be asked from here.
_KEYS = "KEYS"


def listed() -> dict[str, Mapping[str, Any]]:
    """The business's own roles by id."""
    return dict(sorted(Roster.read().roles.items()))


def get(*, role_id: str) -> Mapping[str, Any]:
    """One of the business's own roles. Raises NotFound."""
    return _one(Roster.read(), role_id)


def make(*, role_id: str, fields: Mapping[str, Any], by: Actor) -> Mapping[str, Any]:
    """Make a role; the same again answers with it.

    Raises Conflict (the id is taken), InvalidFields, Forbidden (it may more than who makes it), LimitReached.
    """
    told = _checked(role_id, fields, by=by)

    def made(known: Roster) -> Roster:
        taken = known.roles.get(role_id)
        if role_id in rules.policy().roles or (taken and _without_version(taken) != told):
            raise Conflict(Reason("there is a role with the id {role_id} already", role_id=role_id))
        if len(known.roles) >= MOST_ROLES:
            raise LimitReached(Reason("at most {most} roles", most=MOST_ROLES))
        return known.followed_by(roles={**known.roles, role_id: taken or {**told, "version": 1}})

    return _one(roster.change(made), role_id)


def change(*, role_id: str, fields: Mapping[str, Any], expected_version: int | None, by: Actor) -> Mapping[str, Any]:
    """Change a role for all who have it. Raises NotFound, StaleVersion, InvalidFields, Forbidden."""

    def made(known: Roster) -> Roster:
        before = _current(known, role_id, expected_version)
        _require_held(rules.own_role(role_id, before), by=by)
        told = _checked(role_id, {**_without_version(before), **fields}, by=by)
        return known.followed_by(roles={**known.roles, role_id: {**told, "version": int(before["version"]) + 1}})

    return _one(roster.change(made), role_id)


def remove(*, role_id: str, expected_version: int | None, by: Actor) -> None:
    """Take a role away that nobody has, and no key of a machine.

    Raises NotFound, StaleVersion, Conflict, Forbidden (it may more than who removes it).
    """

    def made(known: Roster) -> Roster:
        _require_held(rules.own_role(role_id, _current(known, role_id, expected_version)), by=by)
        having = sorted(name for name, one in known.members.items() if one.get("role") == role_id)
        if having:
            raise Conflict(Reason("{having} have this role; give them another one first", having=", ".join(having[:5])))
        if keys := keys_with(role_id):
            called = ", ".join(sorted(keys.values())[:5])
            raise Conflict(Reason("the keys {keys} have this role; make others, and revoke these first", keys=called))
        return known.followed_by(roles={name: one for name, one in known.roles.items() if name != role_id})

    roster.change(made)


def keys_with(role_id: str) -> dict[str, str]:
    """The names, by id, of the keys of machines that act in this role and are not over."""
    now = clock.stamp()
    found = map(table.from_item, items.since(_KEYS, " "))
    return {
        str(one["sk"]): str(one["name"])
        for one in found
        if one["role"] == role_id and not one.get("revoked_at") and now < str(one["valid_until"])
    }


def _current(known: Roster, role_id: str, expected_version: int | None) -> Mapping[str, Any]:
    found = _one(known, role_id)
    if expected_version is not None and found["version"] != expected_version:
        raise StaleVersion(f"it is at version {int(found['version'])} now; read it again and repeat the change")
    return found


def _one(known: Roster, role_id: str) -> Mapping[str, Any]:
    if role_id not in known.roles:
        raise NotFound(f"there is no role {role_id[:60]!a} that could be changed")
    found: Mapping[str, Any] = known.roles[role_id]
    return found


def _checked(role_id: str, fields: Mapping[str, Any], *, by: Actor) -> dict[str, Any]:
    table, told = rules.policy(), {name: value for name, value in fields.items() if value is not None}
    for reach in _REACHES:
        for number, name in enumerate(told.get(reach, ())):
            if name not in table.permissions:
                raise InvalidFields.one(
                    f"/{reach}/{number}", Reason("there is no such permission; GET /roles lists them")
                )
            if reach != "all" and name in table.whole:
                raise InvalidFields.one(
                    f"/{reach}/{number}", Reason("is given for everything or not; put it under all")
                )
    for number, pointer in enumerate(told.get("hidden", ())):
        if pointer not in table.hideable and not pointer.startswith("/custom/"):
            raise InvalidFields.one(f"/hidden/{number}", Reason("cannot be hidden; GET /roles lists what can"))
    _require_held(rules.own_role(role_id, told), by=by)
    return told


def _require_held(role: Role, *, by: Actor) -> None:
    if not rules.role_held(by).holds(role):
        raise Forbidden


def _without_version(role: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in role.items() if name != "version"}
