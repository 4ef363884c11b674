"""What the calendar holds because of one customer: their occasions by day, where they live, a birthday to count."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.calendar import keys, placeholders
from crm.calendar.occasions import INSTANTS, Beginning, beginnings
from crm.calendar.rules import BUSINESS_ZONE, zone_of
from crm.core.projection import Key, Projected, Rules

_UTC = ZoneInfo("UTC")


def project(item: Mapping[str, Any], rules: Rules) -> Projected:  # noqa: ARG001 - every projection has this shape
    """The occasions of a profile. Without a zone of their own the customer stands under `-`, resolved when read."""
    customer_id, zone = str(item["pk"]).removeprefix("CUSTOMER#"), item.get("timezone") or BUSINESS_ZONE
    entry = {"customer": customer_id, "zone": zone, "name": item.get("name")}
    listings: dict[Key, Mapping[str, Any]] = {(keys.RESIDENTS, f"{zone}#{customer_id}"): entry}
    here = zone_of(zone, business=_UTC)
    for beginning in beginnings(item):
        listings[_key(beginning, zone, here, customer_id)] = entry | {"began": _exact(beginning)}
    return Projected(listings=listings, totals=placeholders.totals(item))


def _key(beginning: Beginning, zone: str, here: ZoneInfo, customer_id: str) -> Key:
    day = beginning.local(here)
    floats = zone == BUSINESS_ZONE and beginning.source in INSTANTS
    pk = (keys.utc_partition if floats else keys.partition)(beginning.source, day.month_day)
    detail = _exact(beginning) if beginning.amount is not None else ""
    return pk, keys.place(year=day.year, zone=zone, customer_id=customer_id, amount=beginning.amount, detail=detail)


def _exact(beginning: Beginning) -> str:
    if beginning.source not in INSTANTS:
        return beginning.text
    return datetime.fromisoformat(beginning.text).astimezone(UTC).isoformat()
