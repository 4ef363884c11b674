"""Reads of a customer's partition, and of single items of both tables, made for a page: few, and at once."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.core import items, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.customers.models import partition

Item = Mapping[str, Any]
MOST = 100
"""Items that one of these reads asks for, unless it is told otherwise; a batch takes no more of both tables."""


def of_customer(
    customer_id: str,
    first: str,
    *,
    until: str | None = None,
    limit: int = MOST,
    of: Iterable[str] = (),
    only: Iterable[str] = (),
) -> list[Item]:
    """Items of a customer from the last sort key to the first: those that begin with `first`, or all up to `until`.

    `of`: the kinds of items. `only` these attributes, where any are named, as for `crm.core.items.many`.
    """
    names = {f":e{place}": {"S": name} for place, name in enumerate(of)}
    asked: dict[str, Any] = {"FilterExpression": f"entity IN ({','.join(names)})"} if names else {}
    found = table.client().query(
        TableName=settings().crm_table,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :until",
        ExpressionAttributeValues={
            **table.to_item({":pk": partition(customer_id), ":first": first, ":until": until or f"{first}~"}),
            **names,
        },
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=limit,
        **asked,
        **items.part(only),
    )
    return list(map(table.from_item, found["Items"]))


def of_both(
    of_truth: Sequence[tuple[str, str]], of_views: Sequence[tuple[str, str]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Items of both tables by their keys, low-level: of the truth no more than both may be. Raises StoreUnavailable."""
    truth, views = settings().crm_table, settings().views_table
    wanted = {name: keys for name, keys in ((truth, of_truth[: MOST - len(of_views)]), (views, of_views)) if keys}
    asked: Any = {
        name: {"Keys": [table.to_item({"pk": pk, "sk": sk}) for pk, sk in keys], "ConsistentRead": True}
        for name, keys in wanted.items()
    }
    found: dict[str, list[Any]] = {truth: [], views: []}
    for pause in table.pauses():
        if not asked:
            return found[truth], found[views]
        answer = table.client().batch_get_item(RequestItems=asked)
        for name, some in answer["Responses"].items():
            found[name] += some
        asked = answer.get("UnprocessedKeys")
        if asked:
            time.sleep(pause)
    raise StoreUnavailable("the store leaves keys unread")
