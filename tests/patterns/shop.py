"""Steps that tests of patterns share: customers with a past, and what is queued done to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crm.customers.models import Profile
from crm.views import day as days
from tests.support import flow

if TYPE_CHECKING:
    from tests.support.world import Answer, Api

TODAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Past:
    """What a customer has bought: so many purchases, the first and the last so many days ago, for so much."""

    purchases: int
    days: int
    spent: str
    first_days: int | None = None

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"spent": Decimal(self.spent), "purchases": self.purchases, "interactions": 0}
        if self.purchases:
            first = self.days if self.first_days is None else self.first_days
            facts |= {"first_purchase_at": noon(first), "last_purchase_at": noon(self.days)}
        return facts


def noon(days_ago: int) -> str:
    """An instant of a day so many days ago, in Karachi as in UTC."""
    return f"{TODAY - timedelta(days=days_ago)}T07:00:00.000000Z"


def enter(*pasts: Past, prefix: str = "customer", **fields: Any) -> list[str]:
    """Customers with a past, written as the product writes them; their ids."""
    days.raise_to(TODAY)
    ids = []
    for number, past in enumerate(pasts):
        customer_id = f"{prefix}{number:04}"
        stamps = {"version": 1, "revision": 1, "created_at": noon(400), "updated_at": noon(400), "created_by": "sales"}
        known = {"kind": "person", "name": f"{prefix} {number}", **fields}
        Profile.keyed(customer_id, facts=past.facts, **stamps, **known).save()
        ids.append(customer_id)
    return ids


def refresh(api: Api, **request: Any) -> Answer:
    """Ask for the patterns, and do what follows."""
    answer = api.post("/patterns/refresh", **request)
    flow.do_jobs(at_most=500)
    return answer
