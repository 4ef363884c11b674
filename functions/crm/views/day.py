"""Today, as all projections see it: the business's date, kept in the truth beside the rules' epoch. It only rises.

Not the clock of whoever projects: two projectors that disagree about the date would undo each other's work around
midnight, each in the belief that it is right. So the date is an item that is read with every projection, like the
epoch, and looked at again after each write.
"""

from datetime import date

from crm.business import service as business
from crm.core import clock, table
from crm.core.config import settings
from crm.core.projection import Key

EPOCH_KEY: Key = ("RULES", "EPOCH")


def today() -> date:
    """The date at the business, now."""
    return clock.now().astimezone(business.current().timezone).date()


def begin() -> None:
    """Set the day where there is none yet."""
    _write(today(), "attribute_not_exists(#day)")


def raise_to(day: date) -> bool:
    """Make it a later day; False where it is that day, or a later one, already."""
    return _write(day, "attribute_not_exists(#day) OR #day < :day")


def _write(day: date, condition: str) -> bool:
    client = table.client()
    try:
        client.update_item(
            TableName=settings().crm_table,
            Key=table.to_item({"pk": EPOCH_KEY[0], "sk": EPOCH_KEY[1]}),
            UpdateExpression="SET #day = :day, leap_day = if_not_exists(leap_day, :leap), "
            "epoch = if_not_exists(epoch, :none), entity = :entity",
            ConditionExpression=condition,
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues=table.to_item(
                {":day": day.isoformat(), ":leap": business.current().leap_day, ":none": 0, ":entity": "rules_epoch"}
            ),
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
