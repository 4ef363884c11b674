"""Today, as all projections see it: the business's date, kept in the truth beside the rules' epoch. It only rises.

Not the clock of whoever projects: two projectors that disagree about the date would undo each other's work around
midnight, each in the belief that it is right. So the date is an item that is read with every projection, like the
epoch, and looked at again after each write. The same goes for the business's leap day and zone.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.business import service as business
from crm.business.rules import Business
from crm.core import clock, table
from crm.core.config import settings
from crm.core.projection import EPOCH_KEY


def today(business: Business) -> date:
    """The date at the business, now."""
    return clock.now().astimezone(business.timezone).date()


def begin() -> None:
    """Set the day where there is none yet."""
    here = business.current()
    _write(today(here), here, "attribute_not_exists(#day)")


def raise_to(day: date) -> bool:
    """Make it a later day; False where it is that day, or a later one, already."""
    return _write(day, business.current(), "attribute_not_exists(#day) OR #day < :day")


def move_to(here: Business, *, epoch: int) -> bool:
    """Reckon with another zone or leap day from now on, which raises the epoch; False where somebody else raised it."""
    values = {":zone": here.timezone.key, ":leap": here.leap_day, ":epoch": epoch, ":next": epoch + 1}
    return _update(
        "SET epoch = :next, leap_day = :leap, #zone = :zone", "epoch = :epoch", values, {"#zone": "timezone"}
    )


def _write(day: date, here: Business, condition: str) -> bool:
    values = {":day": day.isoformat(), ":leap": here.leap_day, ":zone": here.timezone.key}
    return _update(
        "SET #day = :day, leap_day = if_not_exists(leap_day, :leap), #zone = if_not_exists(#zone, :zone), "
        "epoch = if_not_exists(epoch, :none), entity = :entity",
        condition,
        {**values, ":none": 0, ":entity": "rules_epoch"},
        {"#day": "day", "#zone": "timezone"},
    )


def _update(change: str, condition: str, values: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    client = table.client()
    try:
        client.update_item(
            TableName=settings().crm_table,
            Key=table.to_item({"pk": EPOCH_KEY[0], "sk": EPOCH_KEY[1]}),
            UpdateExpression=change,
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=table.to_item(values),
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
