"""The audit is asked by customer, by member of staff, by time; each page goes on where the last one ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.audit import chains
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop


def listed(query: dict[str, str] | None = None, *, limit: int = 50) -> list[dict[str, Any]]:
    """All entries that a question finds, page by page."""
    found, cursor = list[dict[str, Any]](), None
    while True:
        more: dict[str, str] = {"cursor": cursor} if cursor else {}
        answer = Api().get("/audit", query={**(query or {}), **more, "limit": str(limit)}, role="owner")
        assert answer.status == 200, answer.body
        found += answer.body["items"]
        cursor = answer.body["next"]
        if cursor is None:
            return found


def test_entries_are_found_by_customer_by_staff_and_by_time(quick_shop: Shop) -> None:
    one = chains.done()
    chains.link()
    quick_shop.at("2026-11-24T05:00Z")
    other = chains.done()
    api = Api()
    chains.made(api.patch(f"/customers/{one}", {"phone": None}, headers=chains.ANY, caller="meena"))
    chains.link()
    everything = listed()
    assert len(everything) == 11
    assert [entry["number"] for entry in everything] == list(range(11, 0, -1))
    assert [entry["customer"] for entry in listed({"customer": one})] == [one] * 4
    assert [entry["at"] for entry in listed({"customer": one})] == sorted(
        (e["at"] for e in listed({"customer": one})), reverse=True
    )
    assert {entry["customer"] for entry in listed({"customer": other})} == {other}
    assert [(entry["who"], entry["customer"]) for entry in listed({"staff": "meena"})] == [("meena", one)]
    assert [entry["who"] for entry in listed({"customer": one, "staff": "meena"})] == ["meena"]
    first = listed({"to": "2026-11-22T00:00:00Z"})
    assert len(first) == 5
    assert len(listed({"from": "2026-11-22T00:00:00Z"})) == 6
    assert len(listed({"customer": one, "to": "2026-11-22T00:00:00Z"})) == 3
    for wanted in (dict[str, str](), {"customer": one}, {"staff": "manager"}):
        assert listed(wanted, limit=2) == listed(wanted)


def test_an_entry_shows_both_ends_as_long_as_its_record_stands(quick_shop: Shop) -> None:
    customer = chains.done()
    chains.link()
    changed = next(one for one in listed({"customer": customer}) if one["route"] == "PATCH /customers/{customer_id}")
    (deed,) = changed["deeds"]
    assert deed["changes"] == {"/email": {"from": "sunita@example.com", "to": "rai@example.com"}}
    assert (changed["who"], changed["role"], changed["address"]) == ("manager", "manager", "127.0.0.1")
    assert changed["stands"]


def test_before_the_first_entry_there_is_nothing(quick_shop: Shop) -> None:
    assert listed() == []
    assert listed({"customer": "a" * 26}) == []
