"""What the view of mail in flight holds because of one message: since when it waits for a mailer or for SES."""

from collections.abc import Mapping
from typing import Any

from crm.core.projection import NOTHING, Projected, Rules

# One partition in order of time: what has waited too long is one Query, whatever else there is.
IN_FLIGHT = "IN_FLIGHT"
STATES = ("claimed", "handed")


def project(item: Mapping[str, Any], rules: Rules) -> Projected:  # noqa: ARG001 - every projection has this shape
    """Claimed or handed: listed at the instant of that. In any other state nobody waits for an answer."""
    if item["state"] not in STATES:
        return NOTHING
    place = f"{item['updated_at']}#{item['pk']}#{item['sk']}"
    return Projected(listings={(IN_FLIGHT, place): {"state": item["state"]}})
