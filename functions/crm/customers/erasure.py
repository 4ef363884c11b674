"""Empties the partition of a deleted customer. Every step can be repeated, so it may be killed anywhere."""

from collections.abc import Iterator
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.customers.models import ERASING, partition


def erase(*, customer_id: str) -> None:
    """Delete all that belongs to the customer, and the mark last. Does nothing to a customer who is not being erased.

    Works on raw keys: a kind of item that no model knows is erased as well.
    """
    pk = partition(customer_id)
    if not _exists(pk, ERASING):
        return
    for key in _keys(pk):
        if key["sk"]["S"] != ERASING:
            _delete(key)
    _delete(_key(pk, ERASING))


def _exists(pk: str, sk: str) -> bool:
    name = settings().crm_table
    return "Item" in table.client().get_item(TableName=name, Key=_key(pk, sk), ConsistentRead=True)


def _keys(pk: str) -> Iterator[dict[str, Any]]:
    pages = (
        table.client()
        .get_paginator("query")
        .paginate(
            TableName=settings().crm_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )
    )
    for page in pages:
        yield from page["Items"]


def _delete(key: dict[str, Any]) -> None:
    kind, _, identifier = key["sk"]["S"].partition("#")
    if kind == "REMINDER":
        # The pointer by which a reminder is found stands in a partition of its own.
        _delete(_key(f"REMINDER#{identifier}", "POINTER"))
    table.client().delete_item(TableName=settings().crm_table, Key=key)


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
