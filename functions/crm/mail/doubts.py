"""Customers' mails in doubt, for people: nobody knows whether they went out, and they do not go again by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.core import items, views
from crm.core.actor import Within
from crm.customers.models import PROFILE
from crm.mail.projection import IN_DOUBT

Item = Mapping[str, Any]
# With the profiles as many as one batch takes.
_LOOKS = 50


@dataclass(frozen=True)
class Doubt:
    """The message and the customer's profile, as plain values."""

    message: Item
    profile: Item


def read(*, since: str, within: Within | None, most: int) -> list[Doubt]:
    """Those that came into doubt after an instant, of customers within reach, the last first, at most so many.

    Two round trips; of the last fifty of all customers. Raises ViewsBeingBuilt.
    """
    entries, _ = views.query(IN_DOUBT, after=None, limit=_LOOKS, downwards=True, consistent=False)
    places = (str(entry["sk"]).split("#", 3) for entry in entries if str(entry["sk"]) > since)
    keys = [(f"{kind}#{customer_id}", sk) for _, kind, customer_id, sk in places]
    found = items.many({*keys, *((pk, PROFILE) for pk, _ in keys)}, consistent=False)
    # The view lags: by now it may have been settled, or erased.
    known = [
        Doubt(found[pk, sk], found[pk, PROFILE]) for pk, sk in keys if (pk, sk) in found and (pk, PROFILE) in found
    ]
    mine = [one for one in known if within is None or within.holds(one.profile.get("owner"))]
    return [one for one in mine if one.message["state"] == "unknown"][:most]
