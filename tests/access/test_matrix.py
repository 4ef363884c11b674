"""The matrix of roles, of whose a customer is, and of routes: nothing deviates, and what is planted is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from crm.access import rules, scope
from crm.core import clock, veiled, views
from crm.core.actor import Actor, Within
from crm.core.errors import Forbidden, NotFound, StoreUnavailable
from crm.customers import service as customers
from crm.history import relatives
from tests.access import matrix, matrix_lists
from tests.access.matrix_shop import Shop, filled, opened, owner_of
from tests.support import faults
from tests.support.world import Api
from tests.support.worlds import chosen

FEW = ("GET /customers/{customer_id}", "PATCH /customers/{customer_id}", "GET /customers/{customer_id}/timeline")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with pytest.MonkeyPatch.context() as patch, chosen(patch):
        found = filled(opened(Api()))
        found.things["customer_id"] = found.ids
        yield found


def test_nothing_deviates_in_any_cell(shop: Shop) -> None:
    assert len(list(matrix.cells())) > 1_000
    assert matrix.deviations(shop) == []


def test_a_verb_that_a_path_does_not_have_is_answered_alike_to_everybody(shop: Shop) -> None:
    [(status, body)] = matrix.without_a_route(shop)
    assert (status, "no such route" in body) == (404, True)


def test_lists_tell_of_all_who_are_within_reach_and_of_nobody_else(shop: Shop) -> None:
    found = list(matrix_lists.in_lists(shop))
    assert len(found) > 120
    assert [one for one in found if one[2] != one[3]] == []


def test_no_answer_tells_of_anybody_beyond_reach(shop: Shop) -> None:
    assert list(matrix_lists.beyond(shop)) == []


def test_numbers_over_everybody_are_for_who_sees_everybody(shop: Shop) -> None:
    assert list(matrix_lists.counted_beyond(shop)) == []


def test_exports_hold_who_is_within_reach(shop: Shop) -> None:
    assert [one for one in matrix_lists.exported(shop) if one[1] != one[2]] == []


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
    wrong = [one for one in matrix_lists.in_lists(shop, only=matrix_lists.LISTS[:1]) if one[2] != one[3]]
    assert {role for role, *_ in wrong} == {"sales", "only_own", "narrow"}


def test_an_answer_about_somebody_beyond_reach_that_differs_is_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaches = scope.require_reach

    def says_which(actor: Actor, route: str, arguments: Any, *rest: Any) -> None:
        try:
            reaches(actor, route, arguments, *rest)
        except NotFound as gone:
            if arguments.get("customer_id") in shop.ids.values():
                raise NotFound(f"{gone} for you") from None
            raise

    monkeypatch.setattr(scope, "require_reach", says_which)
    assert {said for *_, said in matrix.deviations(shop, only=FEW)} == {"told apart"}


def test_a_preview_for_who_does_not_reach_everybody_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    may = Actor.may
    monkeypatch.setattr(Actor, "may", lambda self, permission: permission == "segments.write" or may(self, permission))
    assert "POST /segments/preview" in {route for _, route, _ in matrix_lists.beyond(shop)}


def test_a_history_that_names_relatives_beyond_reach_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relatives, "within_reach", lambda entries, actor: entries)
    assert {route for _, route, _ in matrix_lists.beyond(shop)} == {"GET /customers/{customer_id}/history"}


def test_sums_for_who_does_not_see_everybody_are_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    may = Actor.may
    monkeypatch.setattr(Actor, "may", lambda self, permission: permission == "totals.read" or may(self, permission))
    found = {route for _, route, _ in matrix_lists.counted_beyond(shop)}
    assert found >= {"GET /tags", "GET /segments/{segment_id}", "GET /segments/suggested"}


def test_an_export_beyond_reach_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Actor, "within", lambda self, *permissions: None)
    assert [role for role, found, due in matrix_lists.exported(shop) if found != due] == ["sales", "only_own", "narrow"]


def test_a_reach_that_is_too_wide_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    holds = Within.holds
    monkeypatch.setattr(Within, "holds", lambda self, owner: owner == "stranger" or holds(self, owner))
    assert {cell.whose for cell, *_ in matrix.deviations(shop, only=FEW)} == {"other"}


def test_a_field_that_is_not_masked_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/customers/{shop.ids[owner_of('till', 'own')]}"
    told = {"income_band": "high"}
    assert shop.api.patch(path, told, headers={"if-match": "*"}, caller="m_owner", role=None).status == 200
    assert shop.ask("till", "GET", path).body["income_band"] is None
    monkeypatch.setattr(veiled, "masked", lambda document, hidden: document)
    assert shop.ask("till", "GET", path).body["income_band"] == "high"


@pytest.mark.parametrize(
    ("error", "status"), [(Forbidden(), 403), (StoreUnavailable("late"), 503), (RuntimeError(), 500)]
)
def test_what_is_written_before_it_is_refused_or_fails_is_found(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    made = api.post("/customers", {"name": "Asha"}).body["id"]
    change = customers.change

    def too_late(**asked: Any) -> Any:
        change(**asked)
        raise error

    monkeypatch.setattr(customers, "change", too_late)
    with pytest.raises(AssertionError, match=f"was answered {status} after"):
        api.patch(f"/customers/{made}", {"name": f"Asha {clock.now():%H}"}, headers={"if-match": "*"})


def test_what_was_written_without_an_answer_may_be_told_as_a_failure(api: Api) -> None:
    made = api.post("/customers", {"name": "Asha"}).body["id"]
    with faults.losing_answer(operations={"TransactWriteItems"}):
        assert api.patch(f"/customers/{made}", {"name": "Bina"}, headers={"if-match": "*"}).status in {200, 503}
    assert api.get(f"/customers/{made}").body["name"] == "Bina"
