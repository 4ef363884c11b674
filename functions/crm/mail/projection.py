"""What the views of mail hold because of one message: since when it waits, or has waited too long, or is in doubt."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.core import clock
from crm.core.projection import NOTHING, Projected, Rules
from crm.mail import orders
from crm.mail import rules as mail_rules

# One partition in order of time: what has waited too long is one Query, whatever else there is.
IN_FLIGHT = "IN_FLIGHT"
# Customers' mails of which nobody will know whether they went out, unless SES's report comes after all: few.
IN_DOUBT = "IN_DOUBT"
STATES = ("claimed", "handed", "due")
LISTED = (*STATES, "unknown")
# The ticks order what is due again and again. Only of what they find no more (its rule was deleted, its day was moved)
# does nobody write the outcome; a local day is over by then.
FORGOTTEN_AFTER = timedelta(days=1)


def project(item: Mapping[str, Any], rules: Rules) -> Projected:  # noqa: ARG001 - every projection has this shape
    """Claimed or handed: listed at the instant of that; held back: a day after. In doubt: at the instant of that.

    In any other state nobody waits.
    """
    if _is_doubt(item):
        return Projected(listings={(IN_DOUBT, f"{item['updated_at']}#{item['pk']}#{item['sk']}"): {}})
    if item["state"] not in STATES:
        return NOTHING
    place = f"{waits_since(item['state'], item['updated_at'])}#{item['pk']}#{item['sk']}"
    return Projected(listings={(IN_FLIGHT, place): {"state": item["state"]}})


def _is_doubt(item: Mapping[str, Any]) -> bool:
    """To a customer, and not sent again by itself; members see theirs among their reminders."""
    if item["state"] != "unknown":
        return False
    order = orders.of_item(dict(item))
    stays = mail_rules.stays_in_doubt("unknown", kind=order.kind, doubts=int(item["doubts"]))
    return stays and order.recipient == "customer"


def waits_since(state: str, updated_at: str) -> str:
    """The instant from which a message that came into this state then counts as waiting for somebody."""
    if state != "due":
        return updated_at
    return clock.instant(datetime.fromisoformat(updated_at) + FORGOTTEN_AFTER)
