"""What the view of mail in flight holds because of one message: since when it waits, or when it has waited too long."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.core import clock
from crm.core.projection import NOTHING, Projected, Rules

# One partition in order of time: what has waited too long is one Query, whatever else there is.
IN_FLIGHT = "IN_FLIGHT"
STATES = ("claimed", "handed", "due")
# The ticks order what is due again and again. Only of what they find no more (its rule was deleted, its day was moved)
# does nobody write the outcome; a local day is over by then.
FORGOTTEN_AFTER = timedelta(days=1)


def project(item: Mapping[str, Any], rules: Rules) -> Projected:  # noqa: ARG001 - every projection has this shape
    """Claimed or handed: listed at the instant of that; held back: a day after. In any other state nobody waits."""
    if item["state"] not in STATES:
        return NOTHING
    place = f"{waits_since(item['state'], item['updated_at'])}#{item['pk']}#{item['sk']}"
    return Projected(listings={(IN_FLIGHT, place): {"state": item["state"]}})


def waits_since(state: str, updated_at: str) -> str:
    """The instant from which a message that came into this state then counts as waiting for somebody."""
    if state != "due":
        return updated_at
    return clock.instant(datetime.fromisoformat(updated_at) + FORGOTTEN_AFTER)
