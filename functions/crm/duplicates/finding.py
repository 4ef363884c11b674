"""Looks for pairs among those whose records changed, in the background: each against who shares a key with them.

For a customer it asks for the customer's own buckets, one Query each of at most fifty-one entries, and writes a pair
only where something about it is new. So a day costs what changed on it, never what there is.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.core import clock, table, views
from crm.duplicates import rules
from crm.duplicates.models import FoundUntil, Pair, pair_of
from crm.duplicates.projection import CHANGED, bucket
from crm.duplicates.rules import MOST_IN_BUCKET, Likeness

PAGE = 100
"""Customers in one message."""
# The views may lag, and what is written now may bear a time of a moment ago.
_AGAIN = timedelta(hours=1)


def find_some(*, after: str | None) -> str | None:
    """Look at some customers who changed since the last time; where to go on, None: done. It may be repeated."""
    start = after if after is not None else FoundUntil.place()
    entries, place = views.query(CHANGED, after=start or None, limit=PAGE, consistent=False)
    for entry in entries:
        for other, alike in alike_to(entry, keys=rules.keys(entry)):
            _propose(entry["id"], other["id"], alike)
    if place is None and entries:
        FoundUntil.keyed(until=_before(str(entries[-1]["sk"]))).save()
    return place


def alike_to(customer: Mapping[str, Any], *, keys: tuple[str, ...]) -> list[tuple[dict[str, Any], Likeness]]:
    """Who stands in these buckets and may be the same as a customer, the most alike first: one Query a bucket."""
    met = {entry["id"]: entry for key in keys for entry in _bucket(key) if entry["id"] != customer.get("id")}
    found = [(entry, alike) for entry in met.values() if (alike := rules.likeness(customer, entry))]
    return sorted(found, key=lambda one: (-one[1].score, one[0]["id"]))


def _bucket(key: str) -> Iterator[dict[str, Any]]:
    entries, _ = views.query(bucket(key), after=None, limit=MOST_IN_BUCKET + 1, consistent=False)
    if len(entries) <= MOST_IN_BUCKET:
        yield from entries


def _propose(one: str, other: str, alike: Likeness) -> None:
    pair = Pair.keyed(
        pair_of(one, other), score=alike.score, reasons=list(alike.reasons), state="open", found_at=clock.stamp()
    )
    known = Pair.read(pair.pair_id)
    if known and (known.state != "open" or (known.score, known.reasons) == (pair.score, pair.reasons)):
        return
    unseen = Pair.pk.does_not_exist() | (Pair.state == "open")
    try:
        table.commit(lambda transaction: transaction.save(pair, condition=unseen))
    except table.ConditionFailed:
        # Somebody has decided about them in between.
        return


def _before(place: str) -> str:
    at, _, customer_id = place.partition("#")
    try:
        return f"{clock.instant(datetime.fromisoformat(at) - _AGAIN)}#{customer_id}"
    except ValueError:
        return ""
