"""What the view of due reminders holds because of one reminder: when it is to go, or to go again."""

from collections.abc import Mapping
from typing import Any

from crm.core.projection import NOTHING, Projected, Rules

# One partition in order of time: a tick is one Query up to now, so a late tick finds all that earlier ones missed.
DUE = "REMINDERS_DUE"


def project(item: Mapping[str, Any], rules: Rules) -> Projected:  # noqa: ARG001 - every projection has this shape
    """Pending: listed at its instant. In doubt: listed at the instant from which on it may go again, if it may."""
    at = {"pending": item["due_at"], "in_doubt": item.get("retry_at")}.get(item["state"])
    if at is None:
        return NOTHING
    reminder = str(item["sk"]).removeprefix("REMINDER#")
    entry = {"state": item["state"], "occurrence": item.get("occurrence")}
    return Projected(listings={(DUE, f"{at}#{item['pk']}#{reminder}"): entry})
