"""A whole import can be taken back for thirty days, except where people have gone on with what it wrote."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm.core import clock, items
from crm.imports import pieces
from tests.imports.office import Office, table
from tests.support.world import Api

HEADER = ("name", "email", "phone", "tags")
ANNA = ("Anna", "anna@example.com", "+923001234567", "vip")
BILAL = ("Bilal", "bilal@example.com", "", "")
SALES = ("customer email", "date", "amount")


@pytest.fixture
def office(api: Api) -> Office:
    return Office(api)


def register(office: Office, **fields: Any) -> str:
    made = office.api.post("/customers", fields)
    assert made.status == 201, made.body
    return str(made.body["id"])


def fields(customer: dict[str, Any]) -> dict[str, Any]:
    left_out = {"version", "updated_at", "revision"}
    return {name: value for name, value in customer.items() if name not in left_out}


def test_customers_that_it_made_are_gone(office: Office) -> None:
    shown = office.undo(office.bring_in(table(HEADER, [ANNA, BILAL]))["id"])
    assert (shown["state"], shown["undone"]["undone"], shown["undone"]["kept"]) == ("undone", 2, 0)
    assert office.customers() == []


def test_the_same_file_can_come_again_afterwards(office: Office) -> None:
    header = ("customer number", *HEADER)
    rows = [("K-1", *ANNA), ("K-2", *BILAL)]
    office.undo(office.bring_in(table(header, rows))["id"])
    again = office.bring_in(table(header, rows))
    assert again["counts"]["created"] == 2
    assert [one["name"] for one in office.customers()] == ["Anna", "Bilal"]


@pytest.mark.parametrize("size", [1, 500])
def test_what_it_changed_is_set_back(office: Office, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(pieces, "ROWS", size)
    register(office, name="Anna", email="anna@example.com", tags=["regular"], custom={"size": "M"})
    before = fields(office.customer("Anna"))
    rows = [ANNA, ("Anna Khan", "anna@example.com", "+923009999999", "vip")]
    shown = office.bring_in(table(HEADER, rows))
    assert office.customer("Anna Khan")["tags"] == ["regular", "vip"]
    office.undo(shown["id"])
    assert fields(office.customer("Anna")) == before


def test_a_file_that_says_own_fields_again_changes_nothing_and_its_undoing_takes_nobody_elses_work(
    office: Office,
) -> None:
    office.api.post("/fields", {"name": "size", "type": "number", "labels": {"ur": "جوتے کا سائز"}})
    anna = register(office, name="Anna", email="anna@example.com", custom={"size": 30})
    office.api.patch(f"/customers/{anna}", {"custom": {"size": 42}}, headers={"if-match": "*"})
    before = office.customer("Anna")
    again = office.bring_in(table(("name", "email", "جوتے کا سائز"), [("Anna", "anna@example.com", "۴۲٫۰")]))
    assert (again["counts"]["changed"], again["counts"]["skipped"]) == (0, 1)
    office.undo(again["id"])
    assert office.customer("Anna") == before


def test_undoing_what_said_nothing_new_when_it_was_written_leaves_what_was_changed_before(office: Office) -> None:
    anna = register(office, name="Anna", email="anna@example.com", tags=["vip"])
    office.api.patch(f"/customers/{anna}", {"address": "Lahore"}, headers={"if-match": "*"})
    before = office.customer("Anna")
    shown = office.bring_in(table(("name", "email", "tags"), [("Anna", "anna@example.com", "VIP")]))
    assert office.customer("Anna") == before
    assert office.undo(shown["id"])["state"] == "undone"
    assert office.customer("Anna") == before


def test_an_empty_cell_empties_an_own_field_where_that_is_chosen(office: Office) -> None:
    for name in ("nick", "size"):
        office.api.post("/fields", {"name": name, "type": "text"})
    anna = register(office, name="Anna", email="anna@example.com", custom={"nick": "گڑیا", "size": "M"})
    row = table(("name", "email", "nick", "size"), [("Anna", "anna@example.com", "", "L")])
    office.bring_in(row)
    assert office.customer("Anna")["custom"] == {"nick": "گڑیا", "size": "L"}
    shown = office.bring_in(row, empty_clears=True)
    assert office.customer("Anna")["custom"] == {"size": "L"}
    office.undo(shown["id"])
    assert office.customer("Anna")["custom"] == {"nick": "گڑیا", "size": "L"}, anna


def test_a_record_that_people_changed_since_is_left_and_reported(office: Office) -> None:
    shown = office.bring_in(table(HEADER, [ANNA, BILAL]))
    anna = office.customer("Anna")
    changed = office.api.patch(f"/customers/{anna['id']}", {"birthday": "--05-17"}, headers={"if-match": "*"})
    assert changed.status == 200
    undone = office.undo(shown["id"])["undone"]
    assert (undone["undone"], undone["kept"]) == (1, 1)
    (row,) = office.rows(shown["id"], "kept")
    assert (row["line"], row["customer"]) == (2, anna["id"])
    assert "birthday" in row["reason"]
    assert [one["name"] for one in office.customers()] == ["Anna"]


def test_a_customer_who_has_bought_since_is_left_and_reported(office: Office) -> None:
    shown = office.bring_in(table(HEADER, [ANNA]))
    anna = office.customer("Anna")
    office.api.post(f"/customers/{anna['id']}/purchases", {"amount": "10.00"})
    assert office.undo(shown["id"])["undone"]["kept"] == 1
    assert "contacts or purchases" in office.rows(shown["id"], "kept")[0]["reason"]


def test_purchases_are_taken_back_with_all_that_they_added(office: Office) -> None:
    anna = register(office, name="Anna", email="anna@example.com")
    office.api.post(f"/customers/{anna}/purchases", {"amount": "7.00", "at": "2025-01-05T10:00:00Z"})
    office.api.post(f"/customers/{anna}/interactions", {"kind": "call", "summary": "hello"})
    before, bought = fields(office.customer("Anna")), items.one(f"CUSTOMER#{anna}", "BOUGHT")
    rows = [("anna@example.com", "2024-01-25", "100.00"), ("anna@example.com", "2026-01-26", "5.00")] * 50
    shown = office.bring_in(table(SALES, rows), kind="purchases")
    assert office.customer("Anna")["facts"]["spent"] == "5257.00"
    assert office.undo(shown["id"])["undone"]["undone"] == 100
    assert fields(office.customer("Anna")) == before
    assert items.one(f"CUSTOMER#{anna}", "BOUGHT") == bought
    again = office.bring_in(table(SALES, rows), kind="purchases")
    assert again["counts"]["created"] == 100
    assert office.customer("Anna")["facts"]["spent"] == "5257.00"


def test_customers_that_purchases_made_go_with_them(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROWS", 1)
    rows = [("new@example.com", "2024-01-25", "100.00"), ("new@example.com", "2024-01-26", "5.00")]
    shown = office.bring_in(table(SALES, rows), kind="purchases")
    assert len(office.customers()) == 1
    office.undo(shown["id"])
    assert office.customers() == []


def test_consent_that_was_lowered_stays_lowered(office: Office) -> None:
    register(office, name="Anna", email="anna@example.com", consent={"marketing": True})
    header = ("name", "email", "marketing consent")
    shown = office.bring_in(table(header, [("Anna", "anna@example.com", "no")]))
    office.undo(shown["id"])
    assert office.customer("Anna")["consent"]["marketing"] is False
    assert "never raises" in office.rows(shown["id"], "kept")[0]["reason"]


def test_after_thirty_days_it_is_too_late(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = office.bring_in(table(HEADER, [ANNA]))
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert office.api.post(f"/imports/{shown['id']}/undo").status == 409


def test_a_dry_run_has_nothing_to_undo(office: Office) -> None:
    import_id = office.check(table(HEADER, [ANNA]))
    assert office.api.post(f"/imports/{import_id}/undo").status == 409
