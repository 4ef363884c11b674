"""Takes away a customer's partition, and what is found by keys that stand in it; counts what goes as it goes.

Works on raw keys: a kind of item that no model knows goes as well. Each deletion and its count are one transaction, so
the counts are right whoever dies in between, and however often it is repeated.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice, takewhile
from typing import Any

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.audit import linking
from crm.audit.told import is_record
from crm.core import items, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.items import Key
from crm.core.table import CrmItem
from crm.customers.models import DELETED, ERASING, Erased, Merged, followed, partition
from crm.privacy.models import WISHES, Erasure
from crm.relations import forgetting
from crm.views import service as views

_LAST = (DELETED, ERASING)
_AT_ONCE = 50
_TRIES = 8


def empty(erasure: Erasure, *, most: int) -> bool:
    """Take away some `most` items; False: there may be more. What an item leads to goes before it."""
    own, taken = (key for key in keys(partition(erasure.customer_id)) if key[1] not in _LAST), 0
    while chunk := list(islice(own, _AT_ONCE)):
        if taken >= most:
            return False
        taken += sum(_lead(erasure, sk) for _, sk in chunk) + take(erasure, chunk)
    return True


def take(erasure: Erasure, of: Iterable[Key]) -> int:
    """Delete these items, as far as there are any, and count them by kind; how many."""
    wanted, taken = iter(dict.fromkeys(of)), 0
    while chunk := list(islice(wanted, _AT_ONCE)):
        # What was done stays in the audit's chain, though what it was can be told no more.
        linking.link(key for key in chunk if is_record(key[1]))
        taken += _taken(erasure, chunk)
        # At once, though the stream would see to it: what a receipt says is then true of the views, too.
        views.refresh_batch(chunk)
    return taken


def _taken(erasure: Erasure, chunk: list[Key]) -> int:
    for _ in range(_TRIES):
        there = list(items.many(chunk))
        if not there:
            return 0
        try:
            table.commit(partial(_delete, erasure=erasure, there=there))
        except table.ConditionFailed:
            continue
        return len(there)
    raise StoreUnavailable("this customer's items are being changed by many at once")


def _delete(transaction: TransactWrite, erasure: Erasure, there: list[Key]) -> None:
    for pk, sk in there:
        transaction.delete(CrmItem(pk, sk), condition=CrmItem.pk.exists())
    _count(transaction, erasure, Counter("wish" if pk == WISHES else kind(sk) for pk, sk in there))


def _count(transaction: TransactWrite, erasure: Erasure, counted: Mapping[str, int]) -> None:
    paths = {name: Path(["erased", name]) for name in counted}
    actions: list[Action] = [path.set((path | 0) + counted[name]) for name, path in paths.items()]
    transaction.update(Erasure.keyed(erasure.customer_id), actions, condition=Erasure.pk.exists())


def kind(sk: str) -> str:
    """What an item is called in a receipt: the beginning of its sort key."""
    return "profile" if sk == DELETED else sk.partition("#")[0].lower()


def _lead(erasure: Erasure, sk: str) -> int:
    """Take away what an item of the customer's leads to elsewhere; without it nobody would find that again."""
    name, _, identifier = sk.partition("#")
    return _LEADS[name](erasure, identifier) if name in _LEADS else 0


def _take_pointers(erasure: Erasure, reminder: str) -> int:
    """The pointer by which a reminder is found stands in a partition of its own, with receipts of what was done."""
    return take(erasure, keys(f"REMINDER#{reminder}"))


def _take_reference(erasure: Erasure, key: str) -> int:
    """By another program's key somebody else may be meant by now."""
    place = (f"REFERENCE#{key}", "REFERENCE")
    meant = items.one(*place)
    return take(erasure, [place]) if meant and meant["customer"] == erasure.customer_id else 0


def _take_wishes(erasure: Erasure, _: str) -> int:
    """The list of wishes names them, also under the ids of records that were merged into theirs."""
    merged = {old for _, old in merged_into(erasure.customer_id)}
    return take(erasure, [(WISHES, one) for one in (erasure.customer_id, *sorted(merged))])


def _take_from_related(erasure: Erasure, relation: str) -> int:
    """What somebody related to the customer has of the relation."""
    count = partial(_count, erasure=erasure, counted={"relation": 1})
    return forgetting.forget(customer_id=erasure.customer_id, sk=f"RELATION#{relation}", also=count)


def _take_kept_elsewhere(erasure: Erasure, kept: str) -> int:
    """What a merge of somebody related to the customer keeps of the relation, wherever that one stands by now."""
    merge, _, sk = kept.partition("#")
    pointer = items.one(f"MERGE#{merge}", "POINTER")
    place = f"MERGE#{merge}#KEPT#{sk}"
    found = followed(pointer["customer"], lambda one: items.one(partition(one), place)) if pointer else None
    return take(erasure, [(found["pk"], found["sk"])]) if found else 0


def _take_merged(erasure: Erasure, merge: str) -> int:
    """By what a merge is found, and what is left under the id of the record that went; nobody comes back under it."""
    if "#" in merge:
        return 0
    taken = take(erasure, keys(f"MERGE#{merge}"))
    for of, old in merged_into(erasure.customer_id):
        if of == merge and Merged.read(old):
            Erased.keyed(old).save()
            taken += take(erasure, keys(partition(old)))
    return taken


def merged_into(customer_id: str) -> Iterator[tuple[str, str]]:
    """The merges by which records went into a customer's, also into one that did so, and the ids of those records."""
    for item in _merges(customer_id):
        merge = str(item["sk"]).removeprefix("MERGE#")
        if "#" not in merge and item["state"] != "undone":
            yield merge, item["old"]


def records_before_merges(customer_id: str) -> Iterator[Mapping[str, Any]]:
    """The profiles of the records that were merged, as far as they are kept for undoing it."""
    yield from (item["profile"] for item in _merges(customer_id) if "#BEFORE#" in str(item["sk"]))


def _merges(customer_id: str) -> Iterator[dict[str, Any]]:
    found = map(table.from_item, items.since(partition(customer_id), "MERGE#"))
    return takewhile(lambda item: str(item["sk"]).startswith("MERGE#"), found)


def _take_from_staff(erasure: Erasure, about: str) -> int:
    """A reminder about the customer and its mails, whose subjects may name them, out of a member's partition."""
    reminder, _, staff = about.partition("#")
    owner = f"STAFF#{staff}"
    # The reminder first: a mailer claims a mail only while it stands, so none comes after those that are deleted.
    taken = take(erasure, [(owner, f"REMINDER#{reminder}")])
    return taken + take(erasure, [*keys(owner, f"MAIL#{reminder}#"), *keys(f"REMINDER#{reminder}")])


_LEADS: Mapping[str, Callable[[Erasure, str], int]] = {
    "ABOUT": _take_from_staff,
    "ASKED": _take_wishes,
    "KEPT": _take_kept_elsewhere,
    "MERGE": _take_merged,
    "REFERENCE": _take_reference,
    "RELATION": _take_from_related,
    "REMINDER": _take_pointers,
}
"""By the kind of an item what goes with it, given the rest of its sort key."""


def keys(pk: str, prefix: str | None = None) -> Iterator[Key]:
    """The keys that stand in a partition, those that begin with `prefix` if that is given."""
    begins = {":prefix": {"S": prefix}} if prefix else {}
    pages = (
        table.client()
        .get_paginator("query")
        .paginate(
            TableName=settings().crm_table,
            KeyConditionExpression="pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else ""),
            ExpressionAttributeValues={":pk": {"S": pk}, **begins},
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )
    )
    for page in pages:
        yield from ((item["pk"]["S"], item["sk"]["S"]) for item in page["Items"])
