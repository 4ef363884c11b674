"""Members by name, by money and by the last contact, and pages that hold while members come and go."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from crm.segments.orders import Sort, place
from tests.segments.groups import call, customer, group, names, purchase
from tests.support import flow
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api()


def test_by_money_the_best_customer_comes_first(api: Api) -> None:
    spent = {"Asma": "9.5", "Bina": "1000", "Chen": "999.9999", "Dai": None, "Edna": "10"}
    for name, amount in spent.items():
        made = customer(api, name)
        if amount:
            purchase(api, made, amount)
    best = group(api)
    assert names(api, best, sort="money") == ["Bina", "Chen", "Edna", "Asma", "Dai"]
    assert names(api, best, sort="money", order="asc") == ["Dai", "Asma", "Edna", "Chen", "Bina"]


def test_by_contact_the_latest_comes_first_and_who_was_never_contacted_last(api: Api) -> None:
    for name, at in (("Asma", "2026-03-01T10:00:00Z"), ("Bina", None), ("Chen", "2026-03-01T14:59:00+05:00")):
        made = customer(api, name)
        if at:
            call(api, made, at=at)
    made = group(api)
    assert names(api, made, sort="contact") == ["Asma", "Chen", "Bina"]
    assert names(api, made, sort="contact", order="asc") == ["Bina", "Chen", "Asma"]


def test_by_name_comes_first_when_nothing_is_asked_for(api: Api) -> None:
    for name in ("Chen", "Édith", "asma"):
        customer(api, name)
    made = group(api)
    assert names(api, made) == names(api, made, sort="name") == ["asma", "Chen", "Édith"]
    assert names(api, made, order="desc") == ["Édith", "Chen", "asma"]


def test_what_is_shown_of_a_member_is_of_now(api: Api) -> None:
    made = customer(api, "Asma", phone="+92 300 1234567")
    members = group(api)
    purchase(api, made, "12.50")
    (shown,) = api.get(f"/segments/{members}/customers").body["items"]
    assert (shown["id"], shown["spent"], shown["purchases"], shown["phone"]) == (made, "12.50", 1, "+923001234567")


def test_after_a_purchase_only_the_place_by_money_moves(api: Api) -> None:
    made = customer(api, "Asma")
    group(api)
    before = {key for key in flow.view_keys() if key[0].startswith("SEGMENT#")}
    purchase(api, made, "12.50")
    flow.settle()
    after = {key for key in flow.view_keys() if key[0].startswith("SEGMENT#")}
    assert {key[0].rpartition("#")[2] for key in before ^ after} == {"money"}
    assert len(before) == len(after) == len(Sort)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_who_stays_is_neither_missed_nor_repeated_while_members_come_and_go(api: Api, sort: str, order: str) -> None:
    def come(number: int, *, spent: str, at: str) -> str:
        made = customer(api, f"Member {number:03}")
        purchase(api, made, spent)
        call(api, made, at=at)
        return made

    staying = [come(n, spent=f"{n}.10", at=f"2026-02-{n // 2 + 1:02}T10:00:00Z") for n in range(10, 24)]
    leaving = [come(n, spent=f"{n}.20", at=f"2026-02-{n // 2 + 1:02}T11:00:00Z") for n in range(10, 24, 3)]
    members = group(api)
    seen: list[str] = []
    query: dict[str, str] = {"sort": sort, "order": order, "limit": "3"}
    for turn in range(100):
        page = api.get(f"/segments/{members}/customers", query=query).body
        seen += [member["id"] for member in page["items"]]
        if not page["next"]:
            break
        query["cursor"] = page["next"]
        if leaving:
            # The one that the page ended with goes too, when it is one of these: its place is where the next begins.
            last = page["items"][-1]["id"] if page["items"] else ""
            gone = leaving.pop(leaving.index(last) if last in leaving else 0)
            assert api.delete(f"/customers/{gone}", headers={"If-Match": "*"}).status == 204
            flow.project((f"CUSTOMER#{gone}", "PROFILE"), change="REMOVE")
        new = come(40 + turn, spent=f"{10 + turn}.15", at=f"2026-02-{turn + 1:02}T12:00:00Z")
        flow.project((f"CUSTOMER#{new}", "PROFILE"))
    counted = Counter(seen)
    assert {one: counted[one] for one in staying} == dict.fromkeys(staying, 1)
    assert max(counted.values()) == 1


def test_a_deleted_member_is_not_shown_even_before_the_views_know(api: Api) -> None:
    made = customer(api, "Asma")
    customer(api, "Bina")
    members = group(api)
    assert api.delete(f"/customers/{made}", headers={"If-Match": "*"}).status == 204
    assert names(api, members) == ["Bina"]


def test_a_cursor_of_one_order_opens_no_other(api: Api) -> None:
    for name in ("Asma", "Bina"):
        customer(api, name)
    path = f"/segments/{group(api)}/customers"
    cursor = api.get(path, query={"sort": "money", "limit": "1"}).body["next"]
    for query in ({}, {"sort": "contact"}, {"sort": "money", "order": "asc"}):
        assert api.get(path, query={**query, "cursor": cursor}).status == 422


@pytest.mark.parametrize(
    "query", [{"sort": "spent"}, {"sort": ""}, {"order": "up"}, {"limit": "0"}, {"sorted": "name"}]
)
def test_nonsense_is_refused(api: Api, query: dict[str, str]) -> None:
    assert api.get(f"/segments/{group(api)}/customers", query=query).status == 422


@pytest.mark.parametrize(
    "amounts", [["0", "0.0001", "0.01", "9.99", "10", "99999999999999999999.9999", "100000000000000000000"]]
)
def test_the_order_of_places_is_the_order_of_amounts(amounts: list[str]) -> None:
    def at(spent: str) -> str:
        item: dict[str, Any] = {"pk": "CUSTOMER#a", "name": "A", "facts": {"spent": Decimal(spent)}}
        return place(item, Sort.MONEY)

    assert sorted(map(at, amounts)) == [at(amount) for amount in amounts]
    assert at("-5") == at("0")
