"""To whom somebody new goes: the first rule that fits and has somebody there. Pure.

Who is away gives way to their substitute, and who works here no more as well; a team's next is who had a turn the
longest ago of those who are there.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from crm.access import persons
from crm.criteria.rules import Groups, Rule, matches
from crm.criteria.standing import Moment

Members = Mapping[str, Mapping[str, Any]]
"""The members of the roster (crm.access.models.Roster)."""
Outcome = Literal["fits", "does_not_fit", "nobody_there"]


@dataclass(frozen=True)
class Target:
    """One member, or a team by turn."""

    member: str | None = None
    team: str | None = None


@dataclass(frozen=True)
class Candidates:
    """Who may be given somebody under one rule: one for a member, all of a team who are there."""

    rule: str
    names: tuple[str, ...]
    team: str | None = None
    everybody: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weighed:
    """What became of one rule on the way."""

    rule: str
    name: str
    outcome: Outcome


def found(
    rules: list[dict[str, Any]], profile: Mapping[str, Any], *, moment: Moment, members: Members, groups: Groups
) -> tuple[Candidates | None, tuple[Weighed, ...]]:
    """Who may be given a customer (a profile as plain values), and how each rule up to there was weighed."""
    weighed: list[Weighed] = []
    for rule in rules:
        fits = rule["when"] is None or matches(_sound(rule["when"]), profile, moment=moment, groups=groups)
        there = candidates(rule["id"], target_of(rule), members, today=moment.day) if fits else None
        outcome: Outcome = "fits" if there else ("nobody_there" if fits else "does_not_fit")
        weighed.append(Weighed(rule["id"], rule["name"], outcome))
        if there:
            return there, tuple(weighed)
    return None, tuple(weighed)


def target_of(rule: Mapping[str, Any]) -> Target:
    """Whom a rule gives customers to."""
    return Target(rule["to"].get("member"), rule["to"].get("team"))


def candidates(rule: str, to: Target, members: Members, *, today: date) -> Candidates | None:
    """Who is there of a target; None: nobody."""
    if to.member is not None:
        name = standing_in(to.member, members, today=today)
        return Candidates(rule, (name,)) if name else None
    team = tuple(sorted(name for name, told in members.items() if to.team in (told.get("teams") or ())))
    there = tuple(name for name in team if is_there(members.get(name, {}), today=today))
    return Candidates(rule, there, to.team, team) if there else None


def is_there(told: Mapping[str, Any], *, today: date) -> bool:
    """Whether a member of the roster works here and is not away on this day."""
    return not told.get("inactive") and not persons.is_away(told, today=today)


def standing_in(name: str, members: Members, *, today: date) -> str | None:
    """The member, or whoever stands in for them while they are not there, and so on; None: nobody does."""
    seen: set[str] = set()
    at: str | None = name
    while at is not None and at not in seen:
        told = members.get(at, {})
        if is_there(told, today=today):
            return at
        seen.add(at)
        at = told.get("substitute")
    return None


def by_turn(names: tuple[str, ...], turns: Mapping[str, int]) -> str:
    """Who had a turn the longest ago, or never."""
    return min(names, key=lambda name: (turns.get(name, 0), name))


def by_lot(names: tuple[str, ...], *, customer_id: str) -> str:
    """The one whom the customer's id draws: the same each time, and over many as many for each.

    Rendezvous hashing (Thaler and Ravishankar, 1996): who joins or leaves a team moves nobody else's.
    """
    return max(names, key=lambda name: hashlib.sha256(f"{customer_id}#{name}".encode()).digest())


def _sound(rule: Any) -> Rule:
    return dict(rule)
