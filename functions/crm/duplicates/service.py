"""Use cases of pairs that may be one person: show them, call them different, take that back, warn of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, items, table, views
from crm.core.actor import Within
from crm.core.errors import NotFound, StoreUnavailable
from crm.core.log import logger
from crm.core.paging import Page, PageRequest, filled
from crm.duplicates import finding, rules
from crm.duplicates.finding import find_some
from crm.duplicates.models import PAIR, Pair, pair_of
from crm.duplicates.projection import OPEN
from crm.duplicates.rules import Likeness

__all__ = ["Shown", "alike", "decide", "find_some", "known", "owner_of", "page", "possible"]
_MOST_WARNED = 5
_MOST_ALIKE = 20
_TRIES = 6


@dataclass(frozen=True)
class Shown:
    """A pair and the profiles of both, as plain values."""

    pair: Pair
    customers: tuple[Mapping[str, Any], Mapping[str, Any]]


def page(request: PageRequest, *, within: Within | None = None) -> Page[Shown]:
    """Pairs to decide about, of whom both are within reach, the most alike first.

    A page may be short where one of two is gone by now.
    """
    ask = partial(_some, within)
    found, place = filled(ask, after=request.after, limit=request.limit, sees_all=within is None)
    return Page(found, request.cursor_at(place))


def _some(within: Within | None, after: str | None, most: int) -> tuple[list[tuple[str, Shown]], str | None]:
    entries, place = views.query(OPEN, after=after, limit=most)
    keys = {(pair.pk, pair.sk): str(entry["sk"]) for entry in entries for pair in [Pair.keyed(str(entry["pair"]))]}
    pairs = {one.pk: one for one in Pair.batch_get(list(keys), consistent_read=True)} if keys else {}
    there = [(at, pairs[pk]) for (pk, _), at in keys.items() if pk in pairs and pairs[pk].state == "open"]
    profiles = items.many({_place(one) for _, pair in there for one in pair.customers})
    found = [
        (at, Shown(pair, (profiles[_place(one)], profiles[_place(other)])))
        for at, pair in there
        for one, other in [pair.customers]
        if _place(one) in profiles and _place(other) in profiles
    ]
    if within is not None:
        found = [one for one in found if all(within.holds(side.get("owner")) for side in one[1].customers)]
    return found, place


def owner_of(pair_id: str) -> list[tuple[str | None]] | None:
    """Whose the two of a pair are; None where there is no such pair, or one of them is gone."""
    pair = Pair.read(pair_id)
    found = items.many(_place(one) for one in pair.customers) if pair else {}
    return [(profile.get("owner"),) for profile in found.values()] if len(found) == 2 else None


def decide(*, pair_id: str, different: bool, caller: str) -> Pair:
    """Remember for good that two are not the same, or that it is open again. Raises NotFound."""
    for _ in range(_TRIES):
        pair = Pair.read(pair_id)
        if pair is None:
            raise NotFound(f"there is no pair {pair_id[:80]!a}")
        state = "different" if different else "open"
        if pair.state == state:
            return pair
        stamps = [Pair.decided_at.set(clock.stamp()), Pair.decided_by.set(caller)]
        try:
            table.commit(partial(_write, pair, [Pair.state.set(state), *stamps]))
        except table.ConditionFailed:
            continue
    raise StoreUnavailable("this pair is being decided about by many at once")


def _write(pair: Pair, actions: list[Action], transaction: TransactWrite) -> None:
    transaction.update(pair, actions, condition=Pair.state == pair.state)


def possible(customer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Who may be the customer who is being registered, the most alike first, {id, name, score, reasons}.

    At most two Queries of a view, and never in the way: where the store does not answer there is nobody.
    """
    try:
        found = finding.alike_to(customer, keys=rules.warning_keys(customer))
    except table.STORE_ERRORS as error:
        logger().warning("nobody was looked for", extra={"error": type(error).__name__})
        return []
    return [
        {"id": entry["id"], "name": entry["name"], "score": alike.score, "reasons": list(alike.reasons)}
        for entry, alike in found[:_MOST_WARNED]
    ]


def known(one: str, other: str) -> Pair | None:
    """What was found, and decided, about two customers, whichever is named first; None: nobody has met them yet."""
    return Pair.read(pair_of(one, other))


def alike(customer: Mapping[str, Any], *, within: Within | None = None) -> list[tuple[Mapping[str, Any], Likeness]]:
    """The profiles of those within reach who may be the same as a customer ({id, …}), the most alike first.

    Not whom somebody has called different from them. It finds also what the finder has not come to yet: a Query for
    each of their keys.
    """
    found = {entry["id"]: how for entry, how in finding.alike_to(customer, keys=rules.keys(customer))[:_MOST_ALIKE]}
    pairs = {one: (f"DUPLICATE#{pair_of(one, customer['id'])}", PAIR) for one in found}
    there = items.many([*pairs.values(), *map(_place, found)])
    different = {one for one, place in pairs.items() if there.get(place, {}).get("state") == "different"}
    seen = [(there[_place(one)], how) for one, how in found.items() if one not in different and _place(one) in there]
    return [one for one in seen if within is None or within.holds(one[0].get("owner"))]


def _place(customer_id: str) -> items.Key:
    return f"CUSTOMER#{customer_id}", "PROFILE"
