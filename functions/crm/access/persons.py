"""What the roster and a token make of a person: their role, whom they stand in for, and whether they are in. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from crm.access.rules import OWNER, Role, policy
from crm.core.actor import Actor

SESSION = "session"
"""Of the claims: by which number a session of the pages can be ended; tokens of the API have none."""


def role_of_groups(groups: Iterable[str]) -> str | None:
    """The built-in role that a token's groups stand for, the one with most rights; None: they name none."""
    named = set(groups)
    return next((name for name in policy().roles if name in named), None)


def named(told: Mapping[str, Any], *, in_token: str | None) -> str | None:
    """The name of somebody's role, from what the roster says of them; None: they have none (any more).

    The token's group counts only of whom the store says nothing: so the first owner, and a shop's first day, can begin.
    An owner by token is lowered by another owner alone: else a manager could lock out the first.
    """
    if in_token == OWNER and told.get("by") != OWNER:
        return OWNER
    if told.get("inactive"):
        return None
    role: str | None = told.get("role", in_token)
    return role


def is_signed_out(told: Mapping[str, Any], *, signed_in: object) -> bool:
    """Whether somebody was signed out everywhere since they signed in: `auth_time` of the token, in whole seconds.

    It stays the same while a token is renewed, so what is renewed after the sign-out is refused as well. A token that
    does not say when is of before.
    """
    ended = told.get("signed_out")
    if ended is None:
        return False
    text = str(signed_in)
    return not (text.isascii() and text.isdigit() and int(text) > int(ended))


def groups_of(claim: str) -> list[str]:
    """The groups of a token as the gateway renders a list: `[manager sales]`."""
    return claim.strip().removeprefix("[").removesuffix("]").replace(",", " ").split()


def is_away(member: Mapping[str, Any], *, today: date) -> bool:
    """Whether a member of the roster is away on this day; the day of `away_until` is the first they are back."""
    begins, ends = member.get("away_from"), member.get("away_until")
    return bool(begins and begins <= today.isoformat() and (not ends or today.isoformat() < ends))


def actor_of(who: str, role: Role, members: Mapping[str, Mapping[str, Any]], *, today: date) -> Actor:
    """The member with the rights of their role, as far as teams and absences reach on this day.

    Who stands in for somebody reaches what is that one's own, not what is of that one's team.
    """
    away = {name for name, one in members.items() if one.get("substitute") == who and is_away(one, today=today)}
    mine = frozenset({who} | away)
    teams = set(members.get(who, {}).get("teams") or ())
    mates = {name for name, one in members.items() if teams & set(one.get("teams") or ())}
    return Actor(
        who=who,
        role=role.name,
        rights=role.rights,
        hidden=role.hidden,
        unowned=role.unowned,
        purpose=role.purpose,
        contact=role.contact,
        mine=mine,
        team=mine | mates,
    )
