"""Empties the partition of a deleted customer. Every step can be repeated, so it may be killed anywhere."""

from collections.abc import Iterator
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.customers.models import DELETED, ERASING, partition


def erase(*, customer_id: str) -> None:
    """Delete all that belongs to the customer, and the mark last. Does nothing to a customer who is not being erased.

    Works on raw keys: a kind of item that no model knows is erased as well. What stands elsewhere is found by keys that
    stand here: pointers of reminders, and reminders to staff about the customer.
    """
    pk = partition(customer_id)
    if not _exists(pk, ERASING):
        return
    for key in _keys(pk):
        if key["sk"]["S"] not in (DELETED, ERASING):
            _erase_item(key)
    # Nobody is reminded of the customer as long as it stands.
    _delete(_key(pk, DELETED))
    _delete(_key(pk, ERASING))


def _exists(pk: str, sk: str) -> bool:
    name = settings().crm_table
    return "Item" in table.client().get_item(TableName=name, Key=_key(pk, sk), ConsistentRead=True)


def _keys(pk: str, prefix: str | None = None) -> Iterator[dict[str, Any]]:
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
        yield from page["Items"]


def _erase_item(key: dict[str, Any]) -> None:
    """Delete an item of the customer's, after what it leads to elsewhere: without it nobody would find that again."""
    kind, _, identifier = key["sk"]["S"].partition("#")
    if kind == "REMINDER":
        # The pointer by which a reminder is found stands in a partition of its own.
        _delete(_key(f"REMINDER#{identifier}", "POINTER"))
    elif kind == "ABOUT":
        reminder, _, staff = identifier.partition("#")
        _erase_with_staff(reminder, owner=f"STAFF#{staff}")
    _delete(key)


def _erase_with_staff(reminder: str, *, owner: str) -> None:
    """A reminder about the customer and its mails, whose subjects may name them, out of a member's partition."""
    # The reminder first: a mailer claims a mail only while it stands, so none comes after those that are deleted.
    _delete(_key(owner, f"REMINDER#{reminder}"))
    for mail in _keys(owner, f"MAIL#{reminder}#"):
        _delete(mail)
    _delete(_key(f"REMINDER#{reminder}", "POINTER"))


def _delete(key: dict[str, Any]) -> None:
    table.client().delete_item(TableName=settings().crm_table, Key=key)


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
