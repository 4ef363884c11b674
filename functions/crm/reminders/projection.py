"""What the views of due reminders hold because of one reminder: when it is to go, or to go again, and to whom."""

from collections.abc import Mapping
from typing import Any

from crm.core.projection import NOTHING, REMINDERS_DUE, Projected, Rules

# One partition in order of time: a tick is one Query up to now, so a late tick finds all that earlier ones missed.
DUE = REMINDERS_DUE
# What a calendar shows of a reminder: its feed reads this entry alone.
_SHOWN = ("subject", "at", "timezone", "repeat", "starts_at", "updated_at")


def project(item: Mapping[str, Any], rules: Rules) -> Projected:  # noqa: ARG001 - every projection has this shape
    """Pending: listed at its instant, for staff in their own list, too. In doubt: when it may go again, if it may."""
    if item.get("silent"):
        return NOTHING
    at = {"pending": item["due_at"], "in_doubt": item.get("retry_at")}.get(item["state"])
    if at is None:
        return NOTHING
    pk, reminder = str(item["pk"]), str(item["sk"]).removeprefix("REMINDER#")
    entry = {"state": item["state"], "occurrence": item.get("occurrence")}
    listings: dict[tuple[str, str], Mapping[str, Any]] = {
        (DUE, f"{at}#{pk}#{reminder}"): {**entry, "customer": item.get("customer_id")}
    }
    if pk.startswith("STAFF#") and item["state"] == "pending":
        listings[(f"DUE#{pk}", f"{at}#{reminder}")] = {**entry, **{name: item.get(name) for name in _SHOWN}}
    return Projected(listings=listings)
