"""Items as DynamoDB writes them: kinds that no model knows are carried over like all others, to the letter."""

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crm.core import cause, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.customers.models import partition

Item = Mapping[str, Any]
_MOST_COMPARED = 100


def items(pk: str, *, after: str | None = None, prefix: str = "", limit: int | None = None) -> Iterator[Item]:
    """The items of a partition in order, from behind a sort key, consistently; at most `limit`."""
    condition, values = "pk = :pk", {":pk": pk}
    if prefix:
        condition, values = f"{condition} AND begins_with(sk, :prefix)", values | {":prefix": prefix}
    asked: Any = {
        "TableName": settings().crm_table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": table.to_item(values),
        "ConsistentRead": True,
    }
    if after is not None:
        asked["ExclusiveStartKey"] = key(pk, after)
    left = limit
    while left is None or left > 0:
        if left is not None:
            asked["Limit"] = left
        page = table.client().query(**asked)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        left = None if left is None else left - len(page["Items"])
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def one(pk: str, sk: str) -> Item | None:
    """An item as it is now, consistently."""
    found = table.client().get_item(TableName=settings().crm_table, Key=key(pk, sk), ConsistentRead=True)
    return found.get("Item")


def commit(writes: Iterable[Mapping[str, Any]]) -> bool:
    """Write all or nothing; False where a condition does not hold. Raises StoreUnavailable."""
    wanted: Any = list(writes)
    wanted += cause.records(wanted)
    # One token for all tries: a try whose answer was lost is recognised by the store.
    token = secrets.token_hex(16)
    for pause in table.pauses():
        try:
            table.client().transact_write_items(TransactItems=wanted, ClientRequestToken=token)
        except (ClientError, BotoCoreError) as error:
            reasons: Any = getattr(error, "response", {}).get("CancellationReasons", [])
            codes = {reason.get("Code") for reason in reasons}
            if "ConditionalCheckFailed" in codes:
                return False
            if not (codes & table.PASSING_CODES or table.is_passing(error)):
                raise
            time.sleep(pause)
        else:
            return True
    raise StoreUnavailable("the store is busy; nothing was written")


def put(item: Item) -> dict[str, Any]:
    """A put under a name that is taken only together with something else that the transaction asks for."""
    return {"Put": {"TableName": settings().crm_table, "Item": item}}


def put_new(item: Item) -> dict[str, Any]:
    """A put of an item that is not there."""
    return {"Put": {"TableName": settings().crm_table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def replace(before: Item | None, item: Item) -> dict[str, Any]:
    """A put in the place of an item that is as it was read; None: that is not there."""
    if before is None:
        return put_new(item)
    return {"Put": {"TableName": settings().crm_table, "Item": item, **unchanged(before)}}


def delete(item: Item) -> dict[str, Any]:
    """A deletion of an item that is as it was read."""
    return {"Delete": {"TableName": settings().crm_table, "Key": key_of(item), **unchanged(item)}}


def delete_any(pk: str, sk: str) -> dict[str, Any]:
    """A deletion of whatever stands under a key."""
    return {"Delete": {"TableName": settings().crm_table, "Key": key(pk, sk)}}


def update(item_key: Item, expression: str, condition: str, **values: Any) -> dict[str, Any]:
    """An update under a condition; `#name` stands for the attribute name, `:name` for the value of that name."""
    words = f"{expression} {condition}".replace(",", " ").replace(".", " ").split()
    names = {word: word[1:] for word in words if word.startswith("#")}
    return {
        "Update": {
            "TableName": settings().crm_table,
            "Key": item_key,
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name}": value for name, value in table.to_item(values).items()},
        }
    }


def unchanged(item: Item) -> dict[str, Any]:
    """The condition that an item is still as it was read: its revision where it counts its changes, else all of it."""
    compared = ["revision"] if "revision" in item else [name for name in item if name not in ("pk", "sk")]
    named = dict(enumerate(compared[:_MOST_COMPARED]))
    parts = ["attribute_exists(pk)", *(f"#c{place} = :c{place}" for place in named)]
    found: dict[str, Any] = {"ConditionExpression": " AND ".join(parts)}
    if named:
        found["ExpressionAttributeNames"] = {f"#c{place}": name for place, name in named.items()}
        found["ExpressionAttributeValues"] = {f":c{place}": item[name] for place, name in named.items()}
    return found


def key(pk: str, sk: str) -> dict[str, Any]:
    """A key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def key_of(item: Item) -> dict[str, Any]:
    """The key of an item."""
    return {"pk": item["pk"], "sk": item["sk"]}


def pk_of(customer_id: str) -> dict[str, str]:
    """The attribute of a customer's partition key."""
    return {"S": partition(customer_id)}
