"""A hundred customers who are in twenty groups each, and what the projection of a change of all of them costs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crm.core import clock, table
from crm.core.config import settings
from crm.segments import filling
from crm.segments import service as segments
from crm.views import refresh
from tests.support.meter import Cost, metered
from tests.support.samples import FACTS, PROFILE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

Key = tuple[str, str]
Facts = dict[str, Any]
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
CUSTOMERS = 100
GROUPS = 20
RULES: tuple[dict[str, Any], ...] = (
    {"field": "facts.spent", "op": "ge", "value": "10.00"},
    {"all": [{"field": "language", "op": "eq", "value": "ur"}, {"field": "tags", "op": "contains", "value": "vip"}]},
    {"any": [{"field": "owner", "op": "exists", "value": True}, {"field": "facts.purchases", "op": "ge", "value": 1}]},
    {"not": {"field": "name", "op": "starts_with", "value": "zz"}},
)
"""All of them hold whatever a test changes, and none is about time."""
LAPSED = {"field": "facts.last_purchase_at", "op": "older_than", "value": "P90D"}


def prepare(patch: pytest.MonkeyPatch, *rules: Any, customers: int = CUSTOMERS, groups: int = GROUPS) -> list[Key]:
    """Groups that readers see, and customers in all of them, projected."""
    patch.setattr(clock, "now", lambda: NOW)
    wanted = (*rules, *(RULES[number % len(RULES)] for number in range(groups - len(rules))))
    for number, rule in enumerate(wanted):
        segments.register(name=f"Group {number}", rule=rule, caller="bench", idempotency_key=None)
    filling.make_live(swept_epoch=groups)
    keys = [(f"CUSTOMER#{number:032x}", "PROFILE") for number in range(customers)]
    change(keys, lambda facts: facts)
    project(keys)
    return keys


def change(keys: list[Key], how: Callable[[Facts], Facts], **fields: Any) -> None:
    """Write the customers with other facts, or other fields."""
    for number, (pk, sk) in enumerate(keys):
        profile = PROFILE | {"pk": pk, "sk": sk, "name": f"Sara Khan {number}", "facts": how(FACTS), **fields}
        table.client().put_item(TableName=settings().crm_table, Item=table.to_item(profile))


def project(keys: list[Key]) -> Cost:
    """What it costs to project a batch."""
    with metered() as cost:
        failed = refresh.refresh_batch(keys)
    assert not failed, failed
    return cost


def late_call(facts: Facts) -> Facts:
    """One call more, from before the last contact: the sums change and nothing else."""
    return facts | {"interactions": facts["interactions"] + 1}


def purchase(facts: Facts) -> Facts:
    """One purchase more, now."""
    return facts | {
        "purchases": facts["purchases"] + 1,
        "spent": facts["spent"] + Decimal("7.25"),
        "last_purchase_at": clock.stamp(),
    }


def moved(cost: Cost) -> float:
    """How many entries went from one place to another: each was deleted and put, at two units each."""
    units = sum(units for kind, units in cost.written.items() if kind not in {"STATE", "TOTAL"})
    return units / 4
