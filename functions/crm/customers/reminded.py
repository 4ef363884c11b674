"""The customers about whom somebody is to be reminded, the next reminder first, each once.

The list of all that is due is in order of time, so a customer's first entry in it is the next reminder, whoever it
goes to. That an entry is not the first can only be known by what stands before it; so a page reads the list from its
beginning, of which one Query takes some thousand reminders. A business that plans more ahead pays a Query for each
further thousand on late pages.
"""

from typing import Any

from crm.core import views
from crm.core.projection import REMINDERS_DUE

_READS = 2000


def customers(*, after: str | None, most: int) -> tuple[list[dict[str, Any]], str | None]:
    """Up to `most` entries {id, next_reminder_at, sk} behind the place `after`, and where to go on, if at all."""
    known, found = set[str](), list[dict[str, Any]]()
    place: str | None = None
    while True:
        entries, place = views.query(REMINDERS_DUE, after=place, limit=_READS, consistent=False)
        for entry in entries:
            customer_id = entry.get("customer")
            # What is in doubt stands at the hour at which it may be told again.
            if customer_id is None or customer_id in known or entry["state"] != "pending":
                continue
            known.add(customer_id)
            if after is not None and entry["sk"] <= after:
                continue
            if len(found) == most:
                return found, found[-1]["sk"]
            at = str(entry["sk"]).partition("#")[0]
            found.append({"id": customer_id, "next_reminder_at": at, "sk": entry["sk"]})
        if place is None:
            return found, None
