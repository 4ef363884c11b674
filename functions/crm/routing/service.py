"""Who is to look after a customer whom nobody owns: the rules of the business, and the turn that one of them takes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.access import roster
from crm.access.models import Roster
from crm.core import clock, items, table
from crm.core.config import settings
from crm.core.errors import InvalidFields, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.criteria import references
from crm.criteria.standing import Moment
from crm.routing import checking, rules
from crm.routing.models import RoutingRules, Turn
from crm.routing.rules import Candidates, Members, Weighed

_TRIES = 8


@dataclass(frozen=True)
class Choice:
    """Whom a customer goes to, under which rule; `turn`: the one that it takes in the same transaction."""

    owner: str
    rule: str
    candidates: Candidates
    turn: Turn | None = None

    def write(self, transaction: TransactWrite) -> None:
        """Put the turn into the transaction of the assignment; nothing where it was drawn by lot."""
        if self.turn:
            self.turn.take(transaction, by=self.owner, of=self.candidates.everybody)

    def is_overtaken(self) -> bool:
        """Whether somebody else took the turn first."""
        return self.turn is not None and Turn.read(str(self.candidates.team)).taken != self.turn.taken


@dataclass(frozen=True)
class Preview:
    """Whom a customer would go to, and how each rule up to there was weighed."""

    choice: Choice | None
    weighed: tuple[Weighed, ...]


def standing() -> RoutingRules:
    """The rules as they are now."""
    return RoutingRules.read()


def change(*, listed: list[dict[str, Any]], expected_version: int | None, caller: str) -> RoutingRules:
    """Put other rules in place of all. Raises InvalidFields, StaleVersion.

    The roster says in the same transaction whether there are any, so without rules nobody pays a read for them.
    """
    checking.require_sound(listed)
    for _ in range(_TRIES):
        before, known = RoutingRules.read(), Roster.read()
        if expected_version is not None and before.version != expected_version:
            raise StaleVersion(f"they are at version {before.version} now; read them again and repeat the change")
        checking.require_there(listed, known)
        after = RoutingRules(
            before.pk,
            before.sk,
            version=before.version + 1,
            rules=_text(listed),
            updated_at=clock.stamp(),
            updated_by=caller,
        )
        told = known.followed_by(routed=bool(listed))
        try:
            table.commit(partial(_replace, before, after, known, told))
        except table.ConditionFailed:
            continue
        roster.remember(told)
        return after
    raise StoreUnavailable("rules, roles and teams are being changed by many at once")


def choose(profile: Mapping[str, Any], *, customer_id: str, in_turn: bool, without: str | None = None) -> Choice | None:
    """Whom a customer (a profile as plain values) goes to by the rules; None: to nobody.

    `without`: who is to be taken for gone. `in_turn`: a team's next is who had a turn the longest ago, and the choice
    takes one. Else the customer's id draws one: many at once (a file) would all wait for one item.
    """
    return preview(profile, customer_id=customer_id, in_turn=in_turn, without=without).choice


def preview(
    profile: Mapping[str, Any], *, customer_id: str, in_turn: bool = True, without: str | None = None
) -> Preview:
    """The same, and why. It writes nothing."""
    known = roster.current()
    if not known.routed:
        return Preview(None, ())
    listed, there = standing().listed, members(without=without)
    found, weighed = rules.found(listed, profile, moment=moment(), members=there, groups=_groups(listed).get)
    return Preview(chosen(found, customer_id=customer_id, in_turn=in_turn) if found else None, weighed)


def chosen(there: Candidates, *, customer_id: str, in_turn: bool) -> Choice:
    """One of who is there."""
    if there.team is None or len(there.names) == 1:
        return Choice(there.names[0], there.rule, there)
    if not in_turn:
        return Choice(rules.by_lot(there.names, customer_id=customer_id), there.rule, there)
    turn = Turn.read(there.team)
    return Choice(rules.by_turn(there.names, turn.turns), there.rule, there, turn)


def moment() -> Moment:
    """When rules are asked: today at the business. What customers bought among all others is nobody's who is new."""
    zone = settings().business_timezone
    return Moment(clock.now().astimezone(zone).date(), leap_day=settings().leap_day, zone=zone)


def members(*, without: str | None = None) -> Members:
    """The members as the roster has them, at most ten seconds old; one of them taken for gone."""
    known = roster.current().members
    return known if without is None else {**known, without: {**known.get(without, {}), "inactive": True}}


def naming(segment_id: str) -> list[dict[str, Any]]:
    """The rules that name a group: [{id, name}]."""
    return [rule for rule in standing().listed if rule["when"] and segment_id in references.referred(rule["when"])]


def _groups(listed: list[dict[str, Any]]) -> dict[str, Any]:
    """The rules of the groups that are named, those that they name written out.

    Asked for by their keys: groups are made of customers, and these ask here.
    """
    named = {one for rule in listed if rule["when"] for one in references.referred(rule["when"])}
    found = items.many([("SEGMENTS", f"SEGMENT#{one}") for one in sorted(named)]) if named else {}
    return {sk.partition("#")[2]: json.loads(item.get("resolved") or item["rule"]) for (_, sk), item in found.items()}


def _replace(
    before: RoutingRules, after: RoutingRules, known: Roster, told: Roster, transaction: TransactWrite
) -> None:
    is_still = RoutingRules.version == before.version if before.version else RoutingRules.pk.does_not_exist()
    transaction.save(after, condition=is_still)
    known.replace(transaction, by=told)


def _text(listed: list[dict[str, Any]]) -> str:
    text = json.dumps(listed, ensure_ascii=False, default=str)
    if len(text.encode()) > checking.MOST_BYTES:
        raise InvalidFields.one(
            "/rules",
            Reason("more than {most} bytes in all; shorten or join some", most=checking.MOST_BYTES),
        )
    return text
