"""Groups by relations: who is in them changes with the relation, also by a merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.merges.merging import merge
from tests.relations.relating import ANY, firm, new, relate
from tests.support import flow
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop


@pytest.fixture
def api(quick_shop: Shop) -> Api:
    assert quick_shop
    return Api()


def group(api: Api, name: str, *criteria: tuple[str, str, Any]) -> str:
    rule = {"all": [{"field": f"relations.{field}", "op": op, "value": value} for field, op, value in criteria]}
    made = api.post("/segments", {"name": name, "rule": rule})
    assert made.status == 201, made.body
    return str(made.body["id"])


def members(api: Api, one: str) -> set[str]:
    found = api.get(f"/segments/{one}/customers")
    assert found.status == 200, found.body
    return {member["name"] for member in found.body["items"]}


def test_groups_follow_relations(api: Api) -> None:
    sara, bilal, twin = new(api, "Sara"), new(api, "Bilal"), new(api, "Bilal")
    shop, head = firm(api, "Shop"), firm(api, "Head")
    groups = {
        "households": group(api, "households", ("household", "exists", True)),
        "payers": group(api, "payers", ("roles", "contains", "payer")),
        "referrers": group(api, "referrers", ("referred", "ge", 1)),
        "of the shop": group(api, "of the shop", ("member_of", "contains", shop)),
        "suppliers": group(api, "suppliers", ("business", "contains", "supplier")),
        "branches": group(api, "branches", ("branch_of", "eq", head)),
        "crowded": group(api, "crowded", ("member", "ge", 2)),
    }
    place = relate(api, sara, "member_of", shop, roles=["payer", "user"]).headers["location"]
    relate(api, twin, "member_of", shop, roles=["user"])
    relate(api, sara, "household", twin)
    relate(api, sara, "referred_by", bilal)
    relate(api, shop, "branch_of", head)
    relate(api, shop, "supplier")
    flow.settle()
    assert {name: members(api, one) for name, one in groups.items()} == {
        "households": {"Sara", "Bilal"},
        "payers": {"Sara"},
        "referrers": {"Bilal"},
        "of the shop": {"Sara", "Bilal"},
        "suppliers": {"Shop"},
        "branches": {"Shop"},
        "crowded": {"Shop"},
    }
    assert api.patch(place, {"until": "2026-01-31"}, headers=ANY).status == 200
    merge(api, bilal, twin)
    flow.settle()
    assert members(api, groups["payers"]) == set()
    assert members(api, groups["of the shop"]) == {"Bilal"}
    assert members(api, groups["crowded"]) == set()
    assert len(api.get(f"/segments/{groups['households']}/customers").body["items"]) == 2
