"""What lists and search cost to keep: DynamoDB's write units of each change of a customer, with and without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from crm.views import registry
from tests.segments.groups import call, customer, purchase
from tests.support import flow
from tests.support.meter import metered
from tests.support.world import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = pytest.mark.usefixtures("world")
OURS = ("lists", "contact", "search")
PERSON: dict[str, Any] = {
    "name": "Sunita Shrestha",
    "email": "sunita.shrestha@example.com",
    "phone": "+9779841234567",
    "language": "ne",
    "owner": "sales",
    "tags": ["vip", "wholesale"],
}


def projected(customer_id: str, families: tuple[str, ...]) -> float:
    """The write units of bringing some families of views in line with a customer."""
    kept: Mapping[str, Any] = {name: registry.FAMILIES["PROFILE"][name] for name in families}
    with mock.patch.dict(registry.FAMILIES, {"PROFILE": kept}), metered() as cost:
        assert flow.project((f"CUSTOMER#{customer_id}", "PROFILE")) == []
    return cost.write_units


def test_a_purchase_costs_nothing_a_call_two_entries_and_a_new_name_all_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    api = Api()
    known = customer(api, **PERSON)
    changes: dict[str, Callable[[], None]] = {
        "new": lambda: None,
        "purchase": lambda: purchase(api, known, "12.50"),
        "first call": lambda: call(api, known, at="2026-02-01T10:00:00Z"),
        "next call": lambda: call(api, known, at="2026-02-02T10:00:00Z"),
        "a tag more": lambda: change(api, known, tags=["vip", "wholesale", "till"]),
        "other owner": lambda: change(api, known, owner="manager"),
        "other name": lambda: change(api, known, name="Sunita Karki"),
        "address": lambda: change(api, known, address="Kathmandu"),
    }
    units: dict[str, dict[str, float]] = {}
    for name, act in changes.items():
        act()
        units[name] = {family: projected(known, (family,)) for family in OURS}
    with capsys.disabled():
        print(f"\nwrite units  {'  '.join(OURS)}")  # noqa: T201
        for name, by_family in units.items():
            print(f"{name:<12} {by_family}  {sum(by_family.values()):g}")  # noqa: T201
    assert sum(units["purchase"].values()) == sum(units["address"].values()) == 0
    assert units["next call"] == {"lists": 0, "contact": 10, "search": 0}
    assert units["a tag more"] == {"lists": 6, "contact": 0, "search": 0}
    assert sum(units["new"].values()) <= 80


def change(api: Api, customer_id: str, **fields: Any) -> None:
    assert api.patch(f"/customers/{customer_id}", fields, headers={"if-match": "*"}).status == 200
