"""Takes away pairs of customers who are gone: once a week over all pairs, in pieces.

A pair holds ids alone, and nobody sees one of whom one is gone; but they would gather for good. Who is in the bin may
come back. What was decided about a record that was merged into another is decided about that one from then on.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import items, table
from crm.duplicates.models import PAIR, Pair, pair_of
from crm.fanout import service as fanout

_OPEN = "open"
_LONGEST_CHAIN = 40
# The customers' slice asks this one, so its items are read by their keys.
_STANDS = ("PROFILE", "DELETED")
_MERGED = "MERGED"


def prune(page: fanout.Page) -> fanout.Tally:
    """Look at a page of pairs; how many of them stay, go, or go over to another record."""
    pairs = [Pair(pk, sk) for pk, sk in page.keys]
    now = _now({one for pair in pairs for one in pair.customers})
    return Counter(_pruned(pair, now) for pair in pairs)


JOB = fanout.Job("prune_pairs", fanout.Scan("crm", "sk = :pair", {}, {":pair": {"S": PAIR}}), prune)


def _now(customer_ids: Collection[str]) -> dict[str, str]:
    """Under which id each of these stands now, or is in the bin; who is gone is not in it."""
    found: dict[str, str] = {}
    places = {one: one for one in customer_ids}
    for _ in range(_LONGEST_CHAIN):
        keys = [(f"CUSTOMER#{place}", sk) for place in {*places.values()} for sk in (*_STANDS, _MERGED)]
        met = items.many(keys, only=("into",))
        standing = {pk.partition("#")[2] for pk, sk in met if sk in _STANDS}
        into = {pk.partition("#")[2]: str(mark["into"]) for (pk, sk), mark in met.items() if sk == _MERGED}
        found |= {one: place for one, place in places.items() if place in standing}
        places = {one: into[place] for one, place in places.items() if place in into and place not in standing}
        if not places:
            break
    return found


def _pruned(pair: Pair, now: Mapping[str, str]) -> str:
    meant = {now[one] for one in pair.customers if one in now}
    if meant == {*pair.customers}:
        return "kept"
    stored = Pair.read(pair.pair_id)
    if stored is None:
        return "gone"
    decided = {} if stored.state == _OPEN or len(meant) < 2 else {pair_of(*meant): _known(stored)}
    if decided and _written(stored, decided):
        return "went_over"
    return "gone" if _written(stored, {}) else "kept"


def _known(pair: Pair) -> dict[str, Any]:
    place = {"pk", "sk", "entity"}
    return {name: value for name, value in pair.attribute_values.items() if name not in place and value is not None}


def _written(stored: Pair, new: Mapping[str, Mapping[str, Any]]) -> bool:
    """Delete a pair as it was read, and store what takes its place unless that is decided about; False: nothing is."""

    def write(transaction: TransactWrite) -> None:
        transaction.delete(stored, condition=Pair.state == stored.state)
        for pair_id, attributes in new.items():
            undecided = Pair.pk.does_not_exist() | (Pair.state == _OPEN)
            transaction.save(Pair.keyed(pair_id, **attributes), condition=undecided)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True
