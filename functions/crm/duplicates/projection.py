"""In which buckets a customer stands, who changed last, and the pairs that are to be decided about. Pure."""

from collections.abc import Mapping
from typing import Any

from crm.core.projection import NOTHING, Key, Projected
from crm.duplicates import rules

CHANGED = "CUSTOMERS#changed"
OPEN = "DUPLICATES#open"
_SHOWN = ("kind", "name", "email", "phone", "birthday", "address")


def bucket(key: str) -> str:
    """The partition of a bucket."""
    return f"ALIKE#{key}"


def project(item: Mapping[str, Any], _: object = None) -> Projected:
    """One entry in each bucket with what is compared, and one by the time of the last change of a field."""
    customer_id = str(item["pk"]).partition("#")[2]
    entry = {"id": customer_id, **{name: item[name] for name in _SHOWN if item.get(name) is not None}}
    listings: dict[Key, Mapping[str, Any]] = {(bucket(key), customer_id): entry for key in rules.keys(item)}
    listings[CHANGED, f"{item.get('updated_at') or '-'}#{customer_id}"] = entry
    return Projected(listings=listings)


def project_pair(item: Mapping[str, Any], _: object = None) -> Projected:
    """An open pair in the list of them, the most alike first."""
    if item["state"] != "open":
        return NOTHING
    pair_id = str(item["pk"]).partition("#")[2]
    return Projected(listings={(OPEN, f"{100 - int(item['score']):03}#{pair_id}"): {"pair": pair_id}})
