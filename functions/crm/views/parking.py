"""Items that cannot be projected wait here, visible, until they can; nothing but themselves is wrong meanwhile."""

import traceback
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from botocore.exceptions import ClientError

from crm.core import clock, ids, table
from crm.core.config import settings
from crm.core.log import logger
from crm.core.projection import Key
from crm.views import reading
from crm.views.reading import Raw

PARKED = "PARKED"


class ProjectionFailed(Exception):
    """An item cannot be projected, however often it is tried. What it says holds no personal data."""

    def __init__(self, family: str, *, cause: Exception | None = None) -> None:
        super().__init__(family)
        self.family = family
        if cause is not None:
            self.__cause__ = cause

    @property
    def reason(self) -> str:
        """The class of the error, and where in the code it came from: never its text, which may quote the item."""
        cause = self.__cause__ or self
        kind = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else type(cause).__name__
        frames = traceback.extract_tb(cause.__traceback__)
        own = [frame for frame in frames if "/crm/" in frame.filename] or frames
        place = f" at {PurePath(own[-1].filename).stem}.{own[-1].name}:{own[-1].lineno}" if own else ""
        return f"{self.family}: {kind}{place}"


def parked_key(key: Key) -> Key:
    """Where the mark of a parked item stands in ViewsTable."""
    return PARKED, f"{key[0]}#{key[1]}"


def park(key: Key, failure: ProjectionFailed) -> None:
    """Mark an item as not projectable; its views stay as they are."""
    logger().error("parked", extra={"item": f"{key[0]}|{key[1]}", "reason": failure.reason})
    table.client().update_item(
        TableName=settings().views_table,
        Key=_low(parked_key(key)),
        UpdateExpression="SET truth = :truth, reason = :reason, parked_at = if_not_exists(parked_at, :now), "
        "tried_at = :now, mark = :mark ADD attempts :one",
        ExpressionAttributeValues={
            ":truth": {"L": [{"S": key[0]}, {"S": key[1]}]},
            ":reason": {"S": failure.reason},
            ":now": {"S": clock.stamp()},
            ":mark": {"S": ids.new()},
            ":one": {"N": "1"},
        },
    )


def marks(keys: Iterable[Key]) -> Mapping[Key, Raw]:
    """The marks of those items that are parked. Mostly nothing is, and one small Query says so for all of them."""
    if not _asked(limit=1)["Items"]:
        return {}
    found = reading.read(settings().views_table, [parked_key(key) for key in keys])
    return {key: found[parked_key(key)] for key in keys if parked_key(key) in found}


def unpark(key: Key, mark: Raw) -> None:
    """Take the mark off an item that is settled, if it is still the mark that was there at the look at the views."""
    client = table.client()
    try:
        client.delete_item(
            TableName=settings().views_table,
            Key=_low(parked_key(key)),
            ConditionExpression="mark = :mark",
            ExpressionAttributeValues={":mark": mark["mark"]},
        )
    except client.exceptions.ConditionalCheckFailedException:
        logger().info("parked again meanwhile, or taken off by another")


def parked_items(*, limit: int, after: str | None = None) -> tuple[list[dict[str, Any]], str | None]:
    """A page of parked items as {truth: [pk, sk], reason, parked_at, tried_at, attempts}, and where it ended."""
    answer = _asked(limit=limit, after=after)
    last = answer.get("LastEvaluatedKey")
    return [table.from_item(item) for item in answer["Items"]], last["sk"]["S"] if last else None


def _asked(*, limit: int, after: str | None = None) -> Any:
    start: dict[str, Any] = {"ExclusiveStartKey": _low((PARKED, after))} if after else {}
    return table.client().query(
        TableName=settings().views_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": PARKED}},
        ConsistentRead=True,
        Limit=limit,
        **start,
    )


def _low(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
