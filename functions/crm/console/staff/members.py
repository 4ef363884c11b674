"""Members of staff as pages show them, and as the fields of a form."""

from collections.abc import Iterator, Mapping
from typing import Any

from crm.access import roster, rules
from crm.access.models import Roster
from crm.access.rules import Role
from crm.console.forms import checked
from crm.console.overtaken import Edit
from crm.console.roles import permitting
from crm.core.actor import Actor
from crm.core.errors import FieldError, InvalidFields
from crm.core.text import ascii_digits
from crm.staff.models import Member

YES = "yes"
TEAM = "team."
_SAME = (
    "name", "email", "language", "timezone", "role", "sender_name", "signature", "reminders", "digest_at", "notify",
    "away_from", "away_until", "substitute",
)  # fmt: skip
_IN_DIGITS = ("digest_at", "away_from", "away_until")


def shown(member: Member, teams: Mapping[str, Any]) -> dict[str, str]:
    """What holds of a member, by the fields of the form."""
    mine = list(member.teams or ())
    return {
        **{name: str(getattr(member, name) or "") for name in _SAME},
        **{f"{TEAM}{team}": YES if team in mine else "" for team in teams},
    }


def told(edit: Edit) -> dict[str, Any]:
    """What a form changes of a member, as `crm.staff.service` takes it. Raises InvalidFields."""
    # Here and not above: to look at members no schema is needed.
    from crm.staff.schemas import MemberChange

    return checked(MemberChange, dict(_changes(edit))).model_dump(exclude_unset=True)


def by_field(refused: InvalidFields) -> InvalidFields:
    """The same with the fields of the form: which of the teams was wrong is told beside all of them."""
    fields = tuple(
        FieldError("/teams" if one.pointer.startswith("/teams/") else one.pointer, one.reason) for one in refused.fields
    )
    return InvalidFields(refused.detail, fields=fields)


def role_of(staff_id: str, known: Roster) -> Role | None:
    """The role that the store says somebody has."""
    return rules.found(known.members.get(staff_id, {}).get("role"), known.roles)


def is_beyond(actor: Actor, staff_id: str, known: Roster) -> bool:
    """Whether a member's role may something that whoever asks may not: nobody changes those but their like."""
    role = role_of(staff_id, known)
    return role is not None and not rules.role_held(actor).holds(role)


def roles_to_give(actor: Actor) -> list[str]:
    """The roles that somebody may give: those that may nothing that they may not themselves."""
    held = rules.role_held(actor)
    return [role.name for role in permitting.roles(roster.current()) if held.holds(role)]


def _changes(edit: Edit) -> Iterator[tuple[str, Any]]:
    changed = edit.changed
    for name in _SAME:
        if name in changed:
            text = ascii_digits(changed[name]) if name in _IN_DIGITS else changed[name]
            # A name can be changed and not emptied: the schema says so.
            yield name, text if text or name == "name" else None
    if any(name.startswith(TEAM) for name in changed):
        yield (
            "teams",
            [name.removeprefix(TEAM) for name, is_in in edit.shown.items() if name.startswith(TEAM) and is_in],
        )
