"""Extends the views of an installation that is there already to what a newer version makes of the same items.

The mark of the views says of which edition they are (crm.core.projection.EDITION); until it says the one that a reader
needs, that one does without. A tick sees that it is an older one, and begins with the next: by then no process of the
version before is left that could take away what is added. The rules' epoch is raised with the edition, so that every
item is projected once more, as after any change of the rules; whoever finishes that sweep writes the edition into the
mark. Readers notice nothing but that there is more.
"""

from typing import Any

from crm.core import built, queue, table
from crm.core.built import MARK
from crm.core.config import settings
from crm.core.projection import EDITION, EPOCH_KEY
from crm.views import reading


def begin() -> None:
    """Have all items projected by this edition; what has begun is asked for once more."""
    stand = reading.truth(()).stand
    values = {":edition": EDITION, ":epoch": stand.epoch, ":next": stand.epoch + 1}
    _update(
        settings().crm_table,
        EPOCH_KEY,
        "SET epoch = :next, edition = :edition, edition_epoch = :next",
        "epoch = :epoch AND (attribute_not_exists(edition) OR edition < :edition)",
        values,
    )
    item = reading.read(settings().crm_table, [EPOCH_KEY])[EPOCH_KEY]
    if "edition" in item and int(item["edition"]["N"]) >= EDITION:
        # Else the epoch was raised meanwhile, and the next tick begins.
        queue.send(settings().jobs_queue_url, {"job": "sweep", "epoch": int(item["edition_epoch"]["N"])})


def swept(epoch: int) -> None:
    """All items have been projected at an epoch: say of which edition the views are by that."""
    item, mark = reading.read(settings().crm_table, [EPOCH_KEY]).get(EPOCH_KEY, {}), built.read()
    if mark is None or not mark.is_whole or "edition" not in item or int(item["edition_epoch"]["N"]) > epoch:
        return
    values = {":edition": int(item["edition"]["N"]), ":build": mark.build, ":whole": True}
    _update(
        settings().views_table,
        MARK,
        "SET edition = :edition",
        "build = :build AND is_whole = :whole AND (attribute_not_exists(edition) OR edition < :edition)",
        values,
    )


def _update(name: str, key: tuple[str, str], change: str, condition: str, values: dict[str, Any]) -> None:
    """Unless somebody else was faster."""
    client = table.client()
    try:
        client.update_item(
            TableName=name,
            Key=table.to_item({"pk": key[0], "sk": key[1]}),
            UpdateExpression=change,
            ConditionExpression=condition,
            ExpressionAttributeValues=table.to_item(values),
        )
    except client.exceptions.ConditionalCheckFailedException:
        return
