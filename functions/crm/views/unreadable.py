"""States that cannot be read, spoilt by a hand or a disk: nobody knows what stands in the views because of their item.

The projector parks such an item. A rebuild and a reconciliation throw the state away and have the item projected as if
it never had been: what it had listed beside goes with the entries that no state holds, and what it had added to sums
is not added to those that are being counted anew.
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.core.projection import Key
from crm.views import reading
from crm.views.state import State, from_raw

_PARTS = ("token", "applied")


def readable(raw: Mapping[str, Any] | None) -> State | None:
    """A state from the low-level item, None where it cannot be read."""
    try:
        state = from_raw(raw)
        # Groups are only unfolded when asked for; what is wrong in them is to show here, not there.
        for _ in (*state.listings, *state.totals):
            pass
    except (zlib.error, ValueError, KeyError, TypeError, ArithmeticError):
        return None
    return state


def throw_away(keys: Iterable[Key]) -> None:
    """Delete those of these states that cannot be read, unless somebody has written them since. For a few."""
    client = table.client()
    for key, raw in reading.read(settings().views_table, keys).items():
        if readable(raw) is not None:
            continue
        given = {name: raw[name] for name in _PARTS if name in raw}
        conditions = [f"#{name} = :{name}" if name in given else f"attribute_not_exists(#{name})" for name in _PARTS]
        values: Any = {"ExpressionAttributeValues": {f":{name}": value for name, value in given.items()}}
        try:
            client.delete_item(
                TableName=settings().views_table,
                Key=table.to_item({"pk": key[0], "sk": key[1]}),
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames={f"#{name}": name for name in _PARTS},
                **(values if given else {}),
            )
        except client.exceptions.ConditionalCheckFailedException:
            continue
