"""The second number under which sums are counted anew (crm.views.counting): put up, compared, and taken over."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from crm.core import built, table
from crm.core.built import MARK
from crm.core.config import settings
from crm.core.projection import EPOCH_KEY, Key
from crm.core.views import EXACT, ZERO, counted
from crm.views import reading
from crm.views.transaction import SHARDS, total_key


def put_up(*, build: int) -> bool:
    """Have all sums kept under a second number from now on; False where the views are of another build."""
    counts = reading.truth(()).stand.counts
    if len(counts) > 1:
        # Of a recount that was never finished; what it counted is right, and what it left out is added.
        return True
    client = table.client()
    try:
        client.update_item(
            TableName=settings().crm_table,
            Key=_low(EPOCH_KEY),
            UpdateExpression="SET recount = :next",
            ConditionExpression="build = :build AND #count = :read AND recount = :read",
            ExpressionAttributeNames={"#count": "count"},
            ExpressionAttributeValues=table.to_item({":next": counts[0] + 1, ":build": build, ":read": counts[0]}),
        )
    except client.exceptions.ConditionalCheckFailedException:
        return len(reading.truth(()).stand.counts) > 1
    return True


def differ(key: Key) -> bool:
    """Whether a sum comes to something else under the second number, at one moment; once all states are counted."""
    counts = reading.truth(()).stand.counts
    if len(counts) == 1:
        return False
    places = [total_key((key[0], counted(key[1], count)), shard) for count in counts for shard in range(SHARDS)]
    name = settings().views_table
    asked: list[Any] = [{"Get": {"TableName": name, "Key": _low(place)}} for place in places]
    found = [answer.get("Item") for answer in table.client().transact_get_items(TransactItems=asked)["Responses"]]
    return _added(found[:SHARDS]) != _added(found[SHARDS:])


def take_over(*, build: int) -> bool:
    """Have the sums read under the second number, and kept under that alone; whether they are, for views of this build.

    The truth and the mark of the views change together.
    """
    counts = reading.truth(()).stand.counts
    mark = built.read()
    if mark is None or not mark.is_whole or mark.build != build:
        return False
    if len(counts) == 1:
        return mark.count == counts[0]
    values = table.to_item({":build": build, ":read": counts[0], ":next": counts[1]})
    truth: Any = {
        "TableName": settings().crm_table,
        "Key": _low(EPOCH_KEY),
        "UpdateExpression": "SET #count = :next",
        "ConditionExpression": "build = :build AND #count = :read AND recount = :next",
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": values,
    }
    marked: Any = {
        "TableName": settings().views_table,
        "Item": table.to_item({"pk": MARK[0], "sk": MARK[1], **vars(replace(mark, count=counts[1]))}),
        "ConditionExpression": "build = :build AND #count = :read",
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": {name: values[name] for name in (":build", ":read")},
    }
    client = table.client()
    try:
        client.transact_write_items(TransactItems=[{"Update": truth}, {"Put": marked}])
    except client.exceptions.TransactionCanceledException as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        if "ConditionalCheckFailed" not in {reason.get("Code") for reason in reasons}:
            raise
        now = built.read()
        return now is not None and now.is_whole and (now.build, now.count) == (build, counts[1])
    return True


def _added(shards: Iterable[Mapping[str, Any] | None]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for shard in shards:
        for name, amount in table.from_item(shard or {}).items():
            if isinstance(amount, Decimal):
                found[name] = EXACT.add(found.get(name, ZERO), amount)
    return {name: amount for name, amount in found.items() if amount}


def _low(key: Key) -> dict[str, Any]:
    return table.to_item({"pk": key[0], "sk": key[1]})
