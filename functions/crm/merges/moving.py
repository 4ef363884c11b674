"""Carries all that belongs to a record over to the one that it was merged into, item by item.

The switch has been made: nobody writes anything new into the partition that is emptied. Each item goes over in one
transaction, on the condition that it is as it was read; so whoever dies anywhere is repeated, and what somebody
changes meanwhile is read again. Each bears the ids of the merges that brought it, the last last, which is how an undo
knows what to bring back.
"""

from datetime import datetime
from typing import Any

from crm.core import clock
from crm.core.errors import StoreUnavailable
from crm.customers.models import MERGED, PROFILE, partition
from crm.merges import kinds, raw, related, relating, uniting
from crm.merges.models import KEPT, MERGE, Merge
from crm.merges.raw import Item
from crm.relations.models import RELATION

PAGE = 200
"""Items in one message of the job."""
STAMP = "merges"
_TRIES = 8


def move_some(merge: Merge) -> bool:
    """Carry some items over; whether there are more. The last of them ends the merge."""
    found = 0
    for item in raw.items(partition(merge.old), limit=PAGE):
        if item["sk"]["S"] != MERGED:
            found += 1
            _move(merge, item)
    if found:
        return True
    _finish(merge)
    return False


def _move(merge: Merge, item: Item) -> None:
    now: Item | None = item
    for _ in range(_TRIES):
        if now is None or raw.commit(_writes(merge, now)):
            return
        now = raw.one(item["pk"]["S"], item["sk"]["S"])
    raise StoreUnavailable("an item of this customer is being changed by many at once")


def _writes(merge: Merge, item: Item) -> list[dict[str, Any]]:
    sk = item["sk"]["S"]
    if sk.startswith(RELATION):
        return relating.moved(merge, item)
    there = kinds.renamed(sk, old=merge.old)
    mine = raw.one(partition(merge.into), there)
    if mine is not None or sk.partition("#")[0] in uniting.ALWAYS:
        return _united(merge, item, mine)
    stamp = {STAMP: {"L": [*item.get(STAMP, {"L": []})["L"], {"S": merge.merge_id}]}}
    place = {"pk": raw.pk_of(merge.into), "sk": {"S": there}}
    moved = {**kinds.rewritten(item, there=merge.old, here=merge.into), **place, **stamp}
    return [raw.put_new(moved), raw.delete(item), *kinds.also(item, there=merge.old, here=merge.into)]


def _united(merge: Merge, item: Item, mine: Item | None) -> list[dict[str, Any]]:
    kind = item["sk"]["S"].partition("#")[0]
    result = uniting.united(mine, item, into=merge.into, old=merge.old)
    kept: dict[str, Any] = {**raw.key(partition(merge.into), f"{MERGE}{merge.merge_id}{KEPT}{item['sk']['S']}")}
    kept |= {"entity": {"S": "merge_kept"}, "item": {"M": item}}
    if result is not None:
        kept |= {"after": {"M": result}, **({"before": {"M": mine}} if mine else {})}
    if kind in uniting.FOR_UNDO_ONLY:
        kept["expires_at"] = {"N": str(int(datetime.fromisoformat(merge.undo_until).timestamp()))}
    stands = [] if result is None else [raw.replace(mine, result)]
    # It is kept where the item goes, and goes once: nobody writes a new one where it was.
    return [*stands, raw.put(kept), raw.delete(item), *kinds.also(item, there=merge.old, here=merge.into)]


def _finish(merge: Merge) -> None:
    state = raw.update(
        raw.key(merge.pk, merge.sk),
        "SET #state = :done, #done_at = :now",
        "#state = :moving",
        done="done",
        now=clock.stamp(),
        moving="moving",
    )
    for _ in range(_TRIES):
        profile = raw.one(partition(merge.into), PROFILE)
        if profile and raw.commit([related.whole(profile), state]):
            return
        found = Merge.read(merge.into, merge.merge_id)
        if found and found.state != "moving":
            return
    raise StoreUnavailable("the customer is being changed by many at once")
