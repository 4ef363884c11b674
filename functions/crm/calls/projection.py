"""What the call lists hold because of one message: a line for its customer's owner, on the day of the greeting."""

from collections.abc import Mapping
from typing import Any

from crm.calls.rules import partition
from crm.core.projection import NOTHING, Projected, Rules

# It was not sent, or came back.
_SPOKEN = frozenset({"withheld", "bounced"})


def project(item: Mapping[str, Any], rules: Rules) -> Projected:  # noqa: ARG001 - every projection has this shape
    """A greeting that somebody can speak instead: listed by owner and day. It names nobody and says nothing."""
    call = item.get("to_call")
    if not call or item["state"] not in _SPOKEN:
        return NOTHING
    place = f"{call['on']}#{item['pk']}#{item['sk']}"
    return Projected(listings={(partition(call.get("owner")), place): {"message": [item["pk"], item["sk"]]}})
