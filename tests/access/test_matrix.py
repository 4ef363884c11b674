"""The matrix of roles, of whose a customer is, and of routes: nothing deviates, and what is planted is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from crm.access import rules, scope
from crm.core import clock, veil, views
from crm.core.actor import Actor, Within
from crm.core.errors import Forbidden
from crm.customers import service as customers
from tests.access import matrix
from tests.access.matrix import Shop
from tests.support.world import Api
from tests.support.worlds import chosen

FEW = ("GET /customers/{customer_id}", "PATCH /customers/{customer_id}", "GET /customers/{customer_id}/timeline")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with pytest.MonkeyPatch.context() as patch, chosen(patch):
        yield matrix.opened(Api())


def test_nothing_deviates_in_any_cell(shop: Shop) -> None:
    assert len(list(matrix.cells())) > 400
    assert matrix.deviations(shop) == []
    assert matrix.listed_beyond_reach(shop) == []


def test_a_route_without_a_guard_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    reaches = scope.require_reach

    def forgets(actor: Actor, route: str, *rest: Any) -> None:
        if route != "GET /customers/{customer_id}/timeline":
            reaches(actor, route, *rest)

    monkeypatch.setattr(scope, "require_reach", forgets)
    assert {cell.route for cell, *_ in matrix.deviations(shop, only=FEW)} == {"GET /customers/{customer_id}/timeline"}


def test_a_route_that_asks_for_no_permission_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    may = Actor.may
    lax = "customers.write"
    monkeypatch.setattr(Actor, "may", lambda self, permission: permission == lax or may(self, permission))
    assert {cell.route for cell, *_ in matrix.deviations(shop, only=FEW)} == {"PATCH /customers/{customer_id}"}


def test_a_route_that_the_policy_does_not_know_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    routes = {name: needed for name, needed in rules.policy().routes.items() if name != "GET /customers"}
    without = replace(rules.policy(), routes=routes)
    monkeypatch.setattr(rules, "policy", lambda: without)
    assert shop.ask("owner", "GET", "/customers").status == 403


def test_a_list_that_forgets_the_filter_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_owned", lambda name, value, within: (f"attribute_exists({name})", {}))
    found = {path for _, path, _ in matrix.listed_beyond_reach(shop)}
    assert found == set(matrix.LISTS)


def test_a_reach_that_is_too_wide_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    holds = Within.holds
    monkeypatch.setattr(Within, "holds", lambda self, owner: owner == "stranger" or holds(self, owner))
    assert {cell.whose for cell, *_ in matrix.deviations(shop, only=FEW)} == {"other"}


def test_a_field_that_is_not_masked_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/customers/{shop.ids['till', 'own']}"
    told = {"income_band": "high"}
    assert shop.api.patch(path, told, headers={"if-match": "*"}, caller="m_owner", role=None).status == 200
    assert shop.ask("till", "GET", path).body["income_band"] is None
    monkeypatch.setattr(veil, "masked", lambda document, hidden: document)
    assert shop.ask("till", "GET", path).body["income_band"] == "high"


def test_what_is_written_before_it_is_refused_is_found(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    made = api.post("/customers", {"name": "Asha"}).body["id"]
    change = customers.change

    def too_late(**asked: Any) -> Any:
        change(**asked)
        raise Forbidden

    monkeypatch.setattr(customers, "change", too_late)
    with pytest.raises(AssertionError, match="was answered 403 after"):
        api.patch(f"/customers/{made}", {"name": f"Asha {clock.now():%H}"}, headers={"if-match": "*"})
