"""Items about which all is known, as plain values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

FACTS = {
    "spent": Decimal("12.50"),
    "purchases": Decimal(2),
    "interactions": Decimal(1),
    "first_purchase_at": "2026-01-02T03:04:05.000000Z",
    "last_purchase_at": "2026-01-02T03:04:05.000000Z",
    "last_contact_at": "2026-01-02T03:04:05.000000Z",
    "largest_purchases": [{"at": "2026-01-02T03:04:05.000000Z", "amount": Decimal("12.50")}],
}
PROFILE: dict[str, Any] = {
    "pk": "CUSTOMER#abc",
    "sk": "PROFILE",
    "kind": "person",
    "name": "Sara Khan",
    "email": "sara@shop.example",
    "phone": "+923001234567",
    "created_at": "2026-01-01T03:04:05.000000Z",
    "birthday": "1990-02-28",
    "joined_on": "2026-01-02",
    "custom": {"warranty_ends": "2028-01-02", "shoe_size": Decimal(43)},
    "timezone": "Asia/Karachi",
    "language": "ur",
    "owner": "sales",
    "tags": ["vip"],
    "facts": FACTS,
}
