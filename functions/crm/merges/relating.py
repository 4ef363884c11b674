"""Carries relations over to another record, and back, each with its mirror and what the other's profile holds of it.

What the two records have of the same relation is united, what related them to each other ends, and of two head offices
stands that of the record that stays; what does not stand is kept for the undoing. What the profiles of the two
records hold is summed anew at the end of the way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.customers.models import partition
from crm.merges import raw, related
from crm.merges.models import KEPT, MERGE, KeptElsewhere, Merge
from crm.merges.raw import Item
from crm.merges.related import Related, Seen
from crm.relations import rules
from crm.relations.models import RELATION, Relation
from crm.relations.rules import BUSINESS, KINDS

Writes = list[dict[str, Any]]
STAMP = "merges"


def moved(merge: Merge, item: Item) -> Writes:
    """What to write for a relation of the record that went."""
    one, here = Related(item), merge.into
    mine = raw.one(partition(here), item["sk"]["S"])
    if one.other == here or _yields(one, here):
        return _dropped(merge, one)
    if mine is not None:
        return _united(merge, one, Related(mine))
    return _repointed(one, to=here, stamps=[*item.get(STAMP, {"L": []})["L"], {"S": merge.merge_id}])


def returned(merge: Merge, item: Item, stamps: list[Any]) -> Writes:
    """What to write for a relation that a merge had brought, on its way back."""
    return _repointed(Related(item), to=merge.old, stamps=stamps)


def unkept(merge: Merge, kept: Item) -> Writes:
    """What to write for a relation that did not stand beside those of the other record, and is to be again."""
    one = Related(kept["item"]["M"])
    other = BUSINESS if one.other == BUSINESS else related.now(one.other)
    writes, drop, add = _as_before(merge, kept)
    again = _again(merge, one, kept.get("mirror", {}).get("M"), other)
    if other in (None, BUSINESS, merge.into):
        return [raw.delete(kept), *writes, *again]
    if again:
        add.append(one.seen())
    mark = KeptElsewhere.keyed(str(other), merge.merge_id, one.item["sk"]["S"])
    held = related.held(str(other), drop=drop, add=add) if drop or add else []
    return [raw.delete(kept), raw.delete_any(mark.pk, mark.sk), *writes, *again, *held]


def _yields(one: Related, here: str) -> bool:
    """Whether the other record has another such relation upward, of which there is one."""
    if not (KINDS[one.kind].upward and rules.is_current(one.said)):
        return False
    return any(
        rules.is_current(each.said) and each.other not in (one.whose, one.other) for each in Relation.of(here, one.kind)
    )


def _repointed(one: Related, *, to: str, stamps: list[Any]) -> Writes:
    bare = {name: value for name, value in one.item.items() if name != STAMP}
    marked = {STAMP: {"L": stamps}} if stamps else {}
    writes = [raw.put_new({**bare, "pk": raw.pk_of(to), **marked}), raw.delete(one.item)]
    mirror = one.mirror()
    if mirror is None:
        return writes
    renamed = {**mirror, "sk": {"S": f"{RELATION}{KINDS[one.kind].mirror}#{to}"}}
    held = related.held(one.other, drop=[one.seen()], add=[one.seen(whose=to)])
    return [*writes, raw.delete(mirror), raw.put_new(renamed), *held]


def _dropped(merge: Merge, one: Related) -> Writes:
    mirror = one.mirror()
    writes = [*_keeping(merge, one, mirror), raw.delete(one.item)]
    if mirror is None:
        return writes
    held = [] if one.other == merge.into else related.held(one.other, drop=[one.seen()])
    return [*writes, raw.delete(mirror), *held]


def _united(merge: Merge, one: Related, mine: Related) -> Writes:
    said = rules.united_said(mine.said, one.said)
    after = related.saying(mine.item, said, version=related.next_version(mine.item, one.item))
    mirror, twin = one.mirror(), mine.mirror()
    kept = _keeping(merge, one, mirror, before={"M": mine.item}, after={"M": after})
    writes = [*kept, raw.delete(one.item), raw.replace(mine.item, after)]
    if mirror is None or twin is None:
        return writes
    held = related.held(one.other, drop=[one.seen(), mine.seen()], add=[mine.seen(said=said)])
    return [*writes, raw.delete(mirror), raw.replace(twin, related.like(twin, after)), *held]


def _as_before(merge: Merge, kept: Item) -> tuple[Writes, list[Seen], list[Seen]]:
    """What stood for both says again what it said, unless somebody has changed it since; what profiles hold of it."""
    before, after = (kept.get(which, {}).get("M") for which in ("before", "after"))
    if not (before and after) or raw.one(partition(merge.into), after["sk"]["S"]) != after:
        return [], [], []
    mine = Related(after)
    back = related.like(after, before) | {"version": {"N": str(related.next_version(after))}}
    twin = mine.mirror()
    if twin is None:
        return [raw.replace(after, back)], [], []
    said = Related(back).said
    writes = [raw.replace(after, back), raw.replace(twin, related.like(twin, back))]
    return writes, [mine.seen()], [mine.seen(said=said)]


def _again(merge: Merge, one: Related, mirror: Item | None, other: str | None) -> Writes:
    """The relation and its mirror put back; nothing where the other was erased, or something else stands by now."""
    if other is None or (rules.is_current(one.said) and _has_another(merge, one, other)):
        return []
    own = {**one.item, "sk": {"S": f"{RELATION}{one.kind}#{other}"}}
    there = {**mirror, "pk": raw.pk_of(other)} if mirror else None
    items: list[Mapping[str, Any]] = [each for each in (own, there) if each]
    if any(raw.one(each["pk"]["S"], each["sk"]["S"]) for each in items):
        return []
    return [raw.put_new(each) for each in items]


def _has_another(merge: Merge, one: Related, other: str) -> bool:
    """Whether who is below has another one above by now, which the merge may still have to bring back."""
    mirror = KINDS[one.kind].mirror
    if mirror and KINDS[mirror].upward:
        return any(rules.is_current(each.said) for each in Relation.of(other, mirror))
    if not KINDS[one.kind].upward:
        return False
    came = (
        Related(item)
        for item in raw.items(partition(merge.into), prefix=f"{RELATION}{one.kind}#")
        if item.get(STAMP, {"L": []})["L"][-1:] == [{"S": merge.merge_id}]
    )
    own = Relation.of(merge.old, one.kind)
    return any(rules.is_current(said) for said in [*(each.said for each in came), *(each.said for each in own)])


def _keeping(merge: Merge, one: Related, mirror: Item | None, **more: Any) -> Writes:
    """What keeps a relation for the undoing, and the mark with the other customer by which it is found.

    Whoever writes it deletes the relation in the same transaction, as it was read: that goes once.
    """
    until = int(datetime.fromisoformat(merge.undo_until).timestamp())
    place = raw.key(partition(merge.into), f"{MERGE}{merge.merge_id}{KEPT}{one.item['sk']['S']}")
    both = {"item": {"M": one.item}, **({"mirror": {"M": mirror}} if mirror else {})}
    kept = {**place, "entity": {"S": "merge_kept"}, **both, **more, "expires_at": {"N": str(until)}}
    if one.other in (BUSINESS, merge.into):
        return [raw.put(kept)]
    mark = KeptElsewhere.keyed(one.other, merge.merge_id, one.item["sk"]["S"], expires_at=until)
    return [raw.put(kept), raw.put(mark.serialize())]
