"""A relation's item with its mirror, and what profiles hold of relations, as DynamoDB writes them.

A relation and its mirror are always where the other one says: whoever moves one writes both in one transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.core import table
from crm.customers.models import DELETED, PROFILE, Merged, partition
from crm.merges import raw
from crm.merges.raw import Item
from crm.relations import rules
from crm.relations.models import RELATION, Relation
from crm.relations.rules import KINDS, Said

Seen = tuple[str, str, Said]
"""A relation as one customer sees it: its kind, the other's id, what is said of it."""
_SAID = ("roles", "title", "from", "until", "note", "version")


@dataclass(frozen=True)
class Related:
    """A relation's item; `whose` is the customer in whose partition it stands."""

    item: Item

    @property
    def whose(self) -> str:
        return str(self.item["pk"]["S"]).partition("#")[2]

    @property
    def kind(self) -> str:
        return str(self.item["sk"]["S"]).split("#")[1]

    @property
    def other(self) -> str:
        return str(self.item["sk"]["S"]).split("#")[2]

    @property
    def said(self) -> Said:
        return Relation.from_raw_data(dict(self.item)).said

    def seen(self, *, whose: str | None = None, said: Said | None = None) -> Seen:
        """As the other customer sees it, or would see it if it were another's or said something else."""
        return str(KINDS[self.kind].mirror), whose or self.whose, self.said if said is None else said

    def mirror(self) -> Item | None:
        """The mirror as it is now; None where the other side is the business."""
        kind = KINDS[self.kind].mirror
        return raw.one(partition(self.other), f"{RELATION}{kind}#{self.whose}") if kind else None


def held(customer_id: str, *, drop: Iterable[Seen] = (), add: Iterable[Seen] = ()) -> list[dict[str, Any]]:
    """The update of what a customer's profile holds, in the bin or not; none where it stays the same."""
    pk = partition(customer_id)
    profile = raw.one(pk, PROFILE) or raw.one(pk, DELETED)
    if profile is None:
        return []
    before: Mapping[str, Any] = table.from_item(profile).get("relations") or {}
    after = before
    for one in drop:
        after = rules.without_one(after, *one)
    for one in add:
        after = rules.with_one(after, *one)
    return [] if after == before else [_update(profile, after)]


def whole(profile: Item) -> dict[str, Any]:
    """The update that ends a merge, or its undoing, for one record: its relations are summed anew, its mark goes.

    Whether the mark is still of this merge says the merge's state, which the same transaction asks for: a record is
    marked with a merge as long as that is under way, since both are set and taken away together.
    """
    seen = ((one.kind, one.other, one.said) for one in Relation.of(profile["pk"]["S"].partition("#")[2]))
    return _update(profile, rules.summed(seen), gone=("#merging",))


def now(customer_id: str) -> str | None:
    """Under which id a customer stands now, in the bin or not; None: they were erased."""
    seen = set[str]()
    while customer_id not in seen:
        seen.add(customer_id)
        if raw.one(partition(customer_id), PROFILE) or raw.one(partition(customer_id), DELETED):
            return customer_id
        if mark := Merged.read(customer_id):
            customer_id = mark.into
    return None


def saying(item: Item, said: Said, *, version: int) -> dict[str, Any]:
    """An item that says something else."""
    known = {name: set(value) if name == "roles" else value for name, value in said.items()}
    return {**_bare(item), **table.to_item({**known, "version": version})}


def like(item: Item, other: Item) -> dict[str, Any]:
    """An item that says the same as another."""
    return {**_bare(item), **{name: other[name] for name in _SAID if name in other}}


def next_version(*items: Item) -> int:
    """A version that none of these has had."""
    return max(int(item["version"]["N"]) for item in items) + 1


def _bare(item: Item) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in _SAID}


def _update(profile: Item, relations: Mapping[str, Any], *, gone: tuple[str, ...] = ()) -> dict[str, Any]:
    was = int(profile["revision"]["N"])
    known = {"relations": dict(relations)} if relations else {}
    sets = ", ".join(["#revision = :now", *(f"#{name} = :{name}" for name in known)])
    removes = ", ".join([*gone, *([] if known else ["#relations"])])
    expression = f"SET {sets} REMOVE {removes}" if removes else f"SET {sets}"
    return raw.update(raw.key_of(profile), expression, "#revision = :was", now=was + 1, was=was, **known)
