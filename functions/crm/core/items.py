"""Reads of single items of the truth by their keys, as plain values."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable

_LARGEST_BATCH = 100
Key = tuple[str, str]


def one(pk: str, sk: str) -> dict[str, Any] | None:
    """The item, or None."""
    key = table.to_item({"pk": pk, "sk": sk})
    found = table.client().get_item(TableName=settings().crm_table, Key=key, ConsistentRead=True)
    return table.from_item(found["Item"]) if "Item" in found else None


def many(keys: Iterable[Key], *, consistent: bool = True, only: Iterable[str] = ()) -> dict[Key, dict[str, Any]]:
    """The items that there are under these (pk, sk): any number of keys, none twice.

    Not consistently they may be a second old, at half the price. `only` these attributes come back beside the key,
    where any are named: it costs the same in DynamoDB, and much less to send and to read. Raises StoreUnavailable when
    the store keeps leaving keys unread.
    """
    some = part(only)
    rest, found = iter(keys), dict[Key, dict[str, Any]]()
    while chunk := list(islice(rest, _LARGEST_BATCH)):
        found |= {(item["pk"], item["sk"]): item for item in _batch(chunk, {"ConsistentRead": consistent, **some})}
    return found


def since(pk: str, sk: str) -> Iterator[dict[str, Any]]:
    """The items of a partition from a sort key on, in order and as DynamoDB writes them: for reads of many for a sum.

    Making values or models of them would take far longer than the reading.
    """
    asked: Any = {
        "TableName": settings().crm_table,
        "KeyConditionExpression": "pk = :pk AND sk >= :sk",
        "ExpressionAttributeValues": table.to_item({":pk": pk, ":sk": sk}),
        "ConsistentRead": True,
    }
    while True:
        page = table.client().query(**asked)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def part(names: Iterable[str]) -> dict[str, Any]:
    """How a read asks for these attributes beside the key alone; for all, where none are named."""
    # By placeholders: `state` is a reserved word.
    known = {f"#{place}": name for place, name in enumerate(("pk", "sk", *names))}
    return {"ProjectionExpression": ",".join(known), "ExpressionAttributeNames": known} if len(known) > 2 else {}


def _batch(keys: list[Key], how: dict[str, Any]) -> Iterator[dict[str, Any]]:
    name = settings().crm_table
    wanted = [table.to_item({"pk": pk, "sk": sk}) for pk, sk in keys]
    asked: Any = {name: {"Keys": wanted, **how}}
    for pause in table.pauses():
        answer = table.client().batch_get_item(RequestItems=asked)
        yield from map(table.from_item, answer["Responses"].get(name, []))
        asked = answer.get("UnprocessedKeys")
        if not asked:
            return
        time.sleep(pause)
    raise StoreUnavailable("the store leaves keys unread")
