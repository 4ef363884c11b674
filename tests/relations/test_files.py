"""Relations in files: what was exported comes back in another shop, rows are refused with the reason, and undone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exports.desk import Desk, content
from tests.imports.office import Office, table
from tests.relations.relating import ANY, agree, firm, held, new, relate
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import Api


def told(api: Api, ids: dict[str, str]) -> dict[str, set[tuple[Any, ...]]]:
    """By name all relations, without the ids."""
    return {
        name: {
            (
                one["kind"],
                (one["customer"] or {"name": ""})["name"],
                *one["roles"],
                one["title"],
                one["from"],
                one["note"],
            )
            for one in api.get(f"/customers/{customer}/relations").body["items"]
        }
        for name, customer in ids.items()
    }


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_relations_come_back_in_another_shop(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        desk = Desk()
        api = desk.api
        ids = {name: new(api, name) for name in ("سارہ", "Bilal", "=Sunita")}
        ids |= {name: firm(api, name) for name in ("دفتر", "Branch")}
        relate(api, ids["سارہ"], "member_of", ids["دفتر"], roles=["payer", "user"], title="مالک, بانی")
        relate(api, ids["سارہ"], "member_of", ids["Branch"], **{"from": "2020-01-31"})
        relate(api, ids["Bilal"], "member_of", ids["Branch"], roles=["decides"], until="2026-01-31")
        relate(api, ids["Bilal"], "household", ids["=Sunita"], note="=1+1")
        relate(api, ids["Branch"], "branch_of", ids["دفتر"])
        relate(api, ids["=Sunita"], "referred_by", ids["Branch"])
        relate(api, ids["دفتر"], "partner", note="since the fair")
        desk.project()
        before = told(api, ids)
        assert agree() == 7
        customers = content(desk.export(format=format_))
        relations = content(desk.export(format=format_, what="relations"))
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        office = Office()
        office.bring_in(customers)
        shown = office.bring_in(relations, kind="relations")
        assert (shown["counts"]["created"], shown["counts"]["refused"], shown["questions"]) == (7, 0, [])
        found = {str(one["name"]): str(one["pk"]).partition("#")[2] for one in office.customers()}
        assert told(office.api, found) == before
        assert agree() == 7
        again = office.bring_in(relations, kind="relations")
        assert (again["counts"]["created"], again["counts"]["skipped"]) == (0, 7)


def test_rows_of_relations_are_refused_with_the_reason_and_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        office = Office()
        api = office.api
        sara, shop = new(api, "Sara", email="sara@example.com"), firm(api)
        bilal = new(api, "Bilal", phone="+923001234567")
        relate(api, bilal, "member_of", shop, roles=["user"])
        header = ("customer email", "customer phone", "kind", "other id", "other email", "role", "until")
        rows = [
            ("sara@example.com", "", "works for", shop, "", "payer, decides", ""),
            ("", "+923001234567", "member of", shop, "", "payer", ""),
            ("sara@example.com", "", "household", "", "nobody@example.com", "", ""),
            ("sara@example.com", "", "household", shop, "", "", ""),
            ("sara@example.com", "", "household", "", "sara@example.com", "", ""),
            ("sara@example.com", "", "supplier", "", "", "", ""),
            ("sara@example.com", "", "works for", shop, "", "payer, decides", ""),
        ]
        import_id = office.check(table(header, rows), kind="relations")
        assert office.api.get(f"/customers/{sara}").body["relations"]["member_of"] == {}
        shown = office.run(import_id)
        counts = {name: shown["counts"][name] for name in ("created", "changed", "skipped", "refused")}
        assert counts == {"created": 1, "changed": 1, "skipped": 1, "refused": 4}
        reasons = {row["line"]: row["reason"] for row in office.rows(import_id, "refused")}
        assert [word in reasons[line] for line, word in ((4, "nobody"), (5, "wants a person"), (6, "themselves"))] == [
            True
        ] * 3
        assert held(api, sara)["member_of"][shop]["roles"] == ["decides", "payer"]
        assert held(api, bilal)["member_of"][shop]["roles"] == ["payer"]
        assert agree() == 2
        assert office.undo(import_id)["state"] == "undone"
        assert (held(api, sara), held(api, bilal)["member_of"][shop]["roles"], agree()) == ({}, ["user"], 1)
        second = office.bring_in(table(header, rows[:1]), kind="relations")
        place = f"/customers/{sara}/relations/member_of/{shop}"
        assert api.patch(place, {"title": "Boss"}, headers=ANY).status == 200
        office.undo(second["id"])
        assert held(api, sara)["member_of"][shop]["title"] == "Boss"
