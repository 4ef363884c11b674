"""What a member may: who may give it, and what the roster holds because of it. Pure."""

from collections.abc import Mapping
from typing import Any

from crm.access import rules
from crm.access.models import Roster
from crm.core.actor import Actor
from crm.core.errors import Conflict, Forbidden, InvalidFields
from crm.core.reason import Reason

FIELDS = frozenset({"role", "inactive", "teams", "away_from", "away_until", "substitute"})


def changes(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request that the roster knows of."""
    return {name: value for name, value in fields.items() if name in FIELDS}


def given(known: Roster, staff_id: str, told: Mapping[str, Any], *, by: Actor) -> Roster | None:
    """The roster after somebody has said this of a member; None where nothing is said that it has to know.

    Even then it is asked who says so: whose address somebody changes, that one's password they can have anew.
    Raises InvalidFields (no such role or team, dates that run backwards), Forbidden where who asks may less than the
    member before or after: nobody raises themselves or lowers their betters; Conflict for the last owner.
    """
    before = known.members.get(staff_id, {})
    after = {**before, **told, "by": by.role}
    _require_known(known, staff_id, told, after)
    held = rules.role_held(by)
    for name in {before.get("role"), after.get("role")} - {None}:
        role = rules.found(str(name), known.roles)
        if role and not held.holds(role):
            raise Forbidden
    if not told:
        return None
    members = {**known.members, staff_id: after}
    had, have = _owners(known.members), _owners(members)
    # Who is an owner by their token alone counts while the store says nothing else of them.
    if by.role == rules.OWNER:
        had |= {by.who}
        have |= {by.who} if by.who not in members or "role" not in members[by.who] else set()
    if had and not have:
        raise Conflict(Reason("somebody has to be the owner; make another one first"))
    return known.followed_by(members=members)


def _owners(members: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {name for name, one in members.items() if one.get("role") == rules.OWNER and not one.get("inactive")}


def _require_known(known: Roster, staff_id: str, told: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    if told.get("role") and rules.found(told["role"], known.roles) is None:
        raise InvalidFields.one("/role", Reason("there is no such role; GET /roles lists them"))
    for number, team in enumerate(told.get("teams") or ()):
        if team not in known.teams:
            raise InvalidFields.one(f"/teams/{number}", Reason("there is no such team; GET /teams lists them"))
    if told.get("substitute") == staff_id:
        raise InvalidFields.one("/substitute", Reason("must be somebody else"))
    if after.get("away_until") and not (after.get("away_from") or "9") < after["away_until"]:
        raise InvalidFields.one("/away_until", Reason("must be a day after away_from"))
