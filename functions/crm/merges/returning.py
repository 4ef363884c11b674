"""Carries what a merge had brought back to its own record, item by item, once the records have been parted.

Only what bears the merge's id last goes back; what came to the other record since stays there. Of a request that named
the old id since then the receipt is copied, so that its repetition finds what it made.
"""

from typing import Any

from crm.core import clock
from crm.core.errors import StoreUnavailable
from crm.customers.models import PROFILE, Merged, partition
from crm.merges import kinds, raw, related, relating, uniting
from crm.merges.models import BEFORE, KEPT, MERGE, Before, Merge
from crm.merges.moving import PAGE, STAMP
from crm.merges.raw import Item
from crm.relations.models import RELATION

_TRIES = 8


def return_some(merge: Merge, *, after: str | None) -> str | None:
    """Look through some items behind a sort key and carry back what is the other's; where to go on, None: done."""
    last: Item | None = None
    count = 0
    for item in raw.items(partition(merge.into), after=after, limit=PAGE):
        count, last = count + 1, item
        _return(merge, item)
    if last is not None and count == PAGE:
        return str(last["sk"]["S"])
    _finish(merge)
    return None


def _return(merge: Merge, item: Item) -> None:
    now: Item | None = item
    for _ in range(_TRIES):
        writes = _writes(merge, now) if now else []
        if not writes or raw.commit(writes):
            return
        now = raw.one(item["pk"]["S"], item["sk"]["S"])
    raise StoreUnavailable("an item of this customer is being changed by many at once")


def _writes(merge: Merge, item: Item) -> list[dict[str, Any]]:
    sk = item["sk"]["S"]
    came = item.get(STAMP, {"L": []})["L"]
    if came and came[-1] == {"S": merge.merge_id}:
        if sk.startswith(RELATION):
            return relating.returned(merge, item, came[:-1])
        return _back(merge, item, came[:-1])
    if sk.startswith(f"{MERGE}{merge.merge_id}{KEPT}{RELATION}"):
        return relating.unkept(merge, item)
    if sk.startswith(f"{MERGE}{merge.merge_id}{KEPT}"):
        return _unkept(merge, item)
    if sk.startswith("RECEIPT#") and "given" in item and _is_theirs(merge, item["given"]["S"]):
        return _copied(merge, item)
    return []


def _back(merge: Merge, item: Item, stamps: list[Any]) -> list[dict[str, Any]]:
    place = {"pk": raw.pk_of(merge.old), "sk": {"S": kinds.own_name(item["sk"]["S"], old=merge.old)}}
    bare = {name: value for name, value in item.items() if name != STAMP}
    own = {**kinds.rewritten(bare, there=merge.into, here=merge.old), **place}
    moved = {**own, STAMP: {"L": stamps}} if stamps else own
    return [*_placed(merge, moved), raw.delete(item), *kinds.also(item, there=merge.into, here=merge.old)]


def _unkept(merge: Merge, kept: Item) -> list[dict[str, Any]]:
    """Both have their own again, unless the one that stood for both has changed since: then it stays."""
    own: Item = kept["item"]["M"]
    writes = [*_placed(merge, own), raw.delete(kept)]
    after = kept.get("after", {}).get("M")
    if after and raw.one(partition(merge.into), own["sk"]["S"]) == after:
        before = kept.get("before", {}).get("M")
        writes.append(raw.replace(after, before) if before else raw.delete(after))
    return [*writes, *kinds.also(own, there=merge.into, here=merge.old)]


def _placed(merge: Merge, own: Item) -> list[dict[str, Any]]:
    """An item in its own place again. Where one of its name came there since the parting, what stands of both."""
    there = raw.one(own["pk"]["S"], own["sk"]["S"])
    if there is None:
        return [raw.put_new(own)]
    stands = uniting.united(there, own, into=merge.old, old=merge.old)
    return [raw.replace(there, stands)] if stands else []


def _is_theirs(merge: Merge, given: str) -> bool:
    """Whether a request that named this id meant the record that went, or one that was merged into it before."""
    seen = set[str]()
    while given != merge.old and given not in seen:
        seen.add(given)
        mark = Merged.read(given)
        if mark is None:
            return False
        given = mark.into
    return given == merge.old


def _copied(merge: Merge, receipt: Item) -> list[dict[str, Any]]:
    there = raw.pk_of(merge.old)
    if raw.one(there["S"], receipt["sk"]["S"]):
        return []
    return [raw.put_new({**receipt, "pk": there, "event_pk": receipt.get("event_pk", receipt["pk"])})]


def _finish(merge: Merge) -> None:
    state = raw.update(
        raw.key(merge.pk, merge.sk),
        "SET #state = :undone, #undone_at = :now",
        "#state = :undoing",
        undone="undone",
        now=clock.stamp(),
        undoing="undoing",
    )
    rest = [Merged.keyed(merge.old), *(Before.keyed(merge.into, merge.merge_id, which) for which in BEFORE)]
    gone = [raw.delete_any(one.pk, one.sk) for one in rest]
    for _ in range(_TRIES):
        profiles = [raw.one(partition(one), PROFILE) for one in (merge.into, merge.old)]
        whole = [related.whole(profile) for profile in profiles if profile]
        if len(whole) == len(profiles) and raw.commit([*whole, state, *gone]):
            return
        found = Merge.read(merge.into, merge.merge_id)
        if found and found.state != "undoing":
            return
    raise StoreUnavailable("the customers are being changed by many at once")
