"""Reading ViewsTable: entries of a listing, sums kept in shards, single items. Only crm.views writes there."""

from collections.abc import Iterator
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.core.paging import Page, PageRequest
from crm.core.projection import Key

ZERO = Decimal(0)
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
"""Sums lose no digit; DynamoDB refuses what has more than its 38."""


def entries(request: PageRequest, pk: str) -> Page[dict[str, Any]]:
    """A page of a listing in the order of its sort key, as plain values with `pk` and `sk`."""
    after = request.after
    start: dict[str, Any] = {"ExclusiveStartKey": table.to_item({"pk": pk, "sk": after})} if after else {}
    answer = table.client().query(
        TableName=settings().views_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ConsistentRead=True,
        Limit=request.limit,
        **start,
    )
    last = answer.get("LastEvaluatedKey")
    found = [table.from_item(item) for item in answer["Items"]]
    return Page(found, request.cursor_at(last["sk"]["S"] if last else None))


def total(pk: str, name: str) -> dict[str, Decimal]:
    """A sum by attribute; attributes that came to zero are left out, and so a sum of nothing is empty.

    A shard stays when it comes to zero: to a reader there is no difference, and to delete it would be a race.
    """
    found: dict[str, Decimal] = {}
    for shard in shards(pk, f"{name}#"):
        for attribute, amount in table.from_item(shard).items():
            if isinstance(amount, Decimal):
                found[attribute] = EXACT.add(found.get(attribute, ZERO), amount)
    return {attribute: amount for attribute, amount in found.items() if amount}


def shards(pk: str, prefix: str = "") -> Iterator[Any]:
    """The low-level items of which the sums of a partition are made."""
    condition, values = "pk = :pk", {":pk": {"S": pk}}
    if prefix:
        condition, values = condition + " AND begins_with(sk, :prefix)", values | {":prefix": {"S": prefix}}
    pages = (
        table.client()
        .get_paginator("query")
        .paginate(
            TableName=settings().views_table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
    )
    for page in pages:
        yield from page["Items"]


def item(key: Key) -> dict[str, Any] | None:
    """One item as plain values, read consistently; None where there is none."""
    found = table.client().get_item(
        TableName=settings().views_table, Key=table.to_item({"pk": key[0], "sk": key[1]}), ConsistentRead=True
    )
    return table.from_item(found["Item"]) if "Item" in found else None
