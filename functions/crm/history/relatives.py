"""Whom a customer was related to stands in the history, under their ids: not shown to who does not reach them."""

from typing import Any

from crm.core.actor import Actor
from crm.customers import unseen
from crm.history.rules import RELATIONS
from crm.history.schemas import HistoryEntry

# The business itself, to which suppliers and partners are related: nobody has to reach it (crm.relations.rules).
_BUSINESS = "business"


def within_reach(entries: list[HistoryEntry], *, actor: Actor) -> list[HistoryEntry]:
    """The entries without relations to whom the actor does not reach, as if there had been none. At most one read."""
    others = {other for entry in entries for pointer in entry.changes if (other := _other(pointer))}
    seen = {one["id"] for one in unseen.within_reach([{"id": other} for other in sorted(others)], actor=actor)}
    known = [entry.model_copy(update={"changes": _seen(entry, others - seen)}) for entry in entries]
    return [entry for entry, before in zip(known, entries, strict=True) if entry.changes or not before.changes]


def _seen(entry: HistoryEntry, unseen_ones: set[str]) -> dict[str, dict[str, Any]]:
    return {pointer: ends for pointer, ends in entry.changes.items() if _other(pointer) not in unseen_ones}


def _other(pointer: str) -> str | None:
    """The id of the other side, in `/relations/<kind>/<id>`."""
    other = pointer.rpartition("/")[2]
    return other if pointer.startswith(RELATIONS) and other != _BUSINESS else None
