"""What the calendar holds because of one customer: their occasions by day and zone, and one more in their zone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crm.calendar import keys
from crm.calendar.rules import BUSINESS_ZONE, beginning, zone_of
from crm.core.projection import Projected, Rules

_UTC = ZoneInfo("UTC")


def project(item: Mapping[str, Any], rules: Rules) -> Projected:  # noqa: ARG001 - every projection has this shape
    """The occasions of a profile. Without a zone of their own the customer stands under `-`, resolved when read."""
    zone = item.get("timezone") or BUSINESS_ZONE
    listings = {}
    for occasion in keys.OCCASIONS:
        found = beginning(item, occasion=occasion, zone=zone_of(zone, business=_UTC))
        if found:
            place = (keys.occasion(occasion, month_day=found[0], zone=zone), _customer_id(item))
            listings[place] = {"name": item.get("name"), **_since(item, occasion, found[1])}
    totals = {(keys.ZONES, zone): {"customers": Decimal(1)}} if listings else {}
    return Projected(listings=listings, totals=totals)


def _since(item: Mapping[str, Any], occasion: str, year: int | None) -> dict[str, Any]:
    if occasion == keys.BIRTHDAY:
        return {"year": year}
    bought_at = datetime.fromisoformat(item["facts"]["first_purchase_at"]).astimezone(UTC)
    return {"at": bought_at.isoformat()}


def _customer_id(item: Mapping[str, Any]) -> str:
    return str(item["pk"]).removeprefix("CUSTOMER#")
