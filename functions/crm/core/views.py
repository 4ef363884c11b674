"""Reading ViewsTable: entries of a listing, sums kept in shards, single items. Only crm.views writes there.

All but single items raise ViewsBeingBuilt while the views are not whole.
"""

from collections.abc import Iterable, Iterator
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Literal, NamedTuple

from crm.core import built, table
from crm.core.actor import Within
from crm.core.config import settings
from crm.core.paging import Page, PageRequest
from crm.core.projection import FLOW, FLOWS_BEGUN, Key

ZERO = Decimal(0)
_UNDER = "\x1f"
_MOST_VALUES = 100
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
"""Sums lose no digit; DynamoDB refuses what has more than its 38."""


class Where(NamedTuple):
    """What an entry must be like to be answered: DynamoDB looks at it after reading it, and counts it as read.

    `within`: the value is a `Within`, and so is the entry's attribute, an owner. `contains any` and `lacks one`: the
    value is several texts, of which the attribute contains one at least, or not all.
    """

    name: str
    how: Literal["is", "less", "contains", "within", "contains any", "lacks one"]
    value: Any


class Sieve(NamedTuple):
    """All that an entry must be like, and how many are read at most to find some; without a number, a megabyte."""

    where: tuple[Where, ...] = ()
    reads: int | None = None


_HOW = {"is": "{} = {}", "less": "{} < {}", "contains": "contains({}, {})"}
_OF_SEVERAL = {"contains any": ("({})", " OR "), "lacks one": ("NOT ({})", " AND ")}


def entries(request: PageRequest, pk: str) -> Page[dict[str, Any]]:
    """A page of a listing in the order of its sort key, as plain values with `pk` and `sk`."""
    found, place = query(pk, after=request.after, limit=request.limit)
    return Page(found, request.cursor_at(place))


def query(
    pk: str,
    *,
    after: str | None,
    limit: int,
    prefix: str = "",
    until: str | None = None,
    downwards: bool = False,
    sieve: Sieve | None = None,
    consistent: bool = True,
) -> tuple[list[dict[str, Any]], str | None]:
    """Up to `limit` entries whose sort key begins with `prefix`, and the sort key to go on after, if there may be more.

    `until`: instead of a prefix, the last sort key there is to be. `downwards`: from the last sort key to the first.
    One Query: a `sieve` is applied to what it has read, so fewer than asked for, or none, may be answered although
    there are more. Not `consistent` costs half and may be a second old.
    """
    start: dict[str, Any] = {"ExclusiveStartKey": table.to_item({"pk": pk, "sk": after})} if after else {}
    condition, values = _condition(pk, prefix)
    if until is not None:
        condition, values = "pk = :pk AND sk <= :until", {":pk": {"S": pk}, **_bounds(until=until)}
    sifted, sifting = _sifted(sieve, limit)
    client = table.client()
    answer = built.while_whole(
        lambda _: client.query(
            TableName=settings().views_table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values | sifting,
            ConsistentRead=consistent,
            ScanIndexForward=not downwards,
            **sifted,
            **start,
        )
    )
    found, last = answer["Items"], answer.get("LastEvaluatedKey")
    if len(found) > limit:
        found, last = found[:limit], found[limit - 1]
    return [table.from_item(entry) for entry in found], last["sk"]["S"] if last else None


def each(pk: str, *, after: str | None = None, until: str | None = None) -> Iterator[dict[str, Any]]:
    """All entries of a partition in order, from behind the sort key `after` up to and with `until`, where given."""
    condition, values = "pk = :pk", {":pk": {"S": pk}}
    if after is not None and until is not None:
        # DynamoDB takes one condition on the sort key, and BETWEEN holds both ends.
        condition, values = f"{condition} AND sk BETWEEN :after AND :until", values | _bounds(after=after, until=until)
    elif after is not None:
        condition, values = f"{condition} AND sk > :after", values | _bounds(after=after)
    elif until is not None:
        condition, values = f"{condition} AND sk <= :until", values | _bounds(until=until)
    yield from (item for item in map(table.from_item, _all(condition, values)) if item["sk"] != after)


def total(pk: str, name: str) -> dict[str, Decimal]:
    """A sum by attribute; attributes that came to zero are left out, and so a sum of nothing is empty.

    A shard stays when it comes to zero: to a reader there is no difference, and whoever deleted it could take away
    what a late projector has added and is about to take back.
    """

    def asked(count: int) -> dict[str, Decimal]:
        return _added(_all(*_condition(pk, f"{counted(name, count)}#"), of_views=False))

    return built.while_whole(asked)


def totals(pk: str) -> dict[str, dict[str, Decimal]]:
    """All sums of a partition by their names, in one Query."""

    def asked(count: int) -> dict[str, dict[str, Decimal]]:
        shards = dict[str, list[Any]]()
        for shard in _all(*_condition(pk, ""), of_views=False):
            shards.setdefault(shard["sk"]["S"].rpartition("#")[0], []).append(shard)
        return {
            plain(name): _added(of_name) for name, of_name in shards.items() if count_of(name) == count or name == FLOW
        }

    return built.while_whole(asked)


def counted(name: str, count: int) -> str:
    """What a sum is called under a number: sums are counted anew from time to time, under the next.

    `crm.views.counting` says how. The number stands behind a character that no text of ours holds.
    """
    return f"{name}{_UNDER}{count}" if count else name


def count_of(name: str) -> int:
    """The number under which a sum of this name stands."""
    return int(name.partition(_UNDER)[2] or 0)


def plain(name: str) -> str:
    """A sum's name without its number."""
    return name.partition(_UNDER)[0]


def partition(pk: str) -> list[dict[str, Any]]:
    """All items of a partition that is no view but says how views are made, whether they are whole or not."""
    return [table.from_item(found) for found in _all("pk = :pk", {":pk": {"S": pk}}, of_views=False)]


def _added(shards: Iterable[Any]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for shard in shards:
        for attribute, amount in table.from_item(shard).items():
            if isinstance(amount, Decimal):
                found[attribute] = EXACT.add(found.get(attribute, ZERO), amount)
    return {attribute: amount for attribute, amount in found.items() if amount}


def flows_begun() -> str | None:
    """The name of this run of counting who joins and leaves; None where nobody has asked for it yet."""
    known = item(FLOWS_BEGUN)
    return known["run"] if known else None


def _bounds(**bounds: str) -> dict[str, Any]:
    return {f":{name}": {"S": bound} for name, bound in bounds.items()}


def item(key: Key) -> dict[str, Any] | None:
    """One item as plain values, read consistently; None where there is none."""
    found = table.client().get_item(
        TableName=settings().views_table, Key=table.to_item({"pk": key[0], "sk": key[1]}), ConsistentRead=True
    )
    return table.from_item(found["Item"]) if "Item" in found else None


def _condition(pk: str, prefix: str) -> tuple[str, dict[str, Any]]:
    if not prefix:
        return "pk = :pk", {":pk": {"S": pk}}
    return "pk = :pk AND begins_with(sk, :prefix)", {":pk": {"S": pk}, ":prefix": {"S": prefix}}


def _sifted(sieve: Sieve | None, limit: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """How much a Query reads and what it answers of that, and the values which that names."""
    if sieve is None:
        return {"Limit": limit}, {}
    parts, values = list[str](), dict[str, Any]()
    for place, one in enumerate(sieve.where):
        if one.how == "within":
            part, named_values = _owned(f"#w{place}", f":w{place}", one.value)
        elif one.how in _OF_SEVERAL:
            part, named_values = _containing(f"#w{place}", f":w{place}", one)
        else:
            part, named_values = _HOW[one.how].format(f"#w{place}", f":w{place}"), {f":w{place}": one.value}
        parts.append(part)
        values |= table.to_item(named_values)
    names = {f"#w{place}": one.name for place, one in enumerate(sieve.where)}
    most = {"Limit": sieve.reads} if sieve.reads else {}
    named = {"FilterExpression": " AND ".join(parts), "ExpressionAttributeNames": names} if parts else {}
    return {**most, **named}, values


def _containing(name: str, value: str, where: Where) -> tuple[str, dict[str, Any]]:
    named = {f"{value}_{number}": part for number, part in enumerate(where.value)}
    whole, joint = _OF_SEVERAL[where.how]
    return whole.format(joint.join(f"contains({name}, {part})" for part in named)), named


def _owned(name: str, value: str, within: Within) -> tuple[str, dict[str, Any]]:
    """The condition that an owner is one of those within reach. IN takes a hundred values."""
    owners = sorted(within.owners)
    named = {f"{value}_{number}": owner for number, owner in enumerate(owners)}
    chunks = [list(named)[start : start + _MOST_VALUES] for start in range(0, len(named), _MOST_VALUES)]
    ways = [f"{name} IN ({','.join(chunk)})" for chunk in chunks]
    ways += [f"attribute_not_exists({name})"] if within.unowned or not ways else []
    way = f"({' OR '.join(ways)})"
    # Who reaches nobody at all: no entry has an owner and none.
    return (way if owners or within.unowned else f"({way} AND attribute_exists({name}))"), named


def _all(condition: str, values: dict[str, Any], *, of_views: bool = True) -> Iterator[Any]:
    """Page by page. Asked directly: making a paginator costs more than what a tick's many small Queries find.

    Not `of_views`: nobody looks whether the views are whole, or the caller does.
    """
    start: dict[str, Any] = {}
    client = table.client()

    def asked(_: int = 0) -> Any:
        return client.query(
            TableName=settings().views_table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            **start,
        )

    while True:
        page = built.while_whole(asked) if of_views else asked()
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
