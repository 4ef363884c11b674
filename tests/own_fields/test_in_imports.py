"""Columns of a file become fields of the business's own, found by what these are called, and held to what they take."""

from __future__ import annotations

import pytest

from tests.imports.office import Office, table
from tests.support.world import Api


@pytest.fixture
def office(api: Api) -> Office:
    office = Office(api)
    for field in (
        {"name": "shoe_size", "type": "number", "labels": {"ur": "جوتے کا سائز"}},
        {
            "name": "level",
            "type": "choice",
            "choices": [{"value": "gold", "labels": {"ur": "سونا"}}, {"value": "silver"}],
        },
        {"name": "wedding", "type": "yearly_date", "labels": {"en": "Wedding day"}},
        {"name": "member", "type": "yes_no"},
    ):
        assert api.post("/fields", field).status == 201
    return office


def test_columns_are_found_by_the_fields_names_and_labels(office: Office) -> None:
    header = ("name", "جوتے کا سائز", "Level", "Wedding day", "member")
    shown = office.bring_in(table(header, [("Anna Khan", "۳۸", "سونا", "1999-02-28", "ہاں")]))
    assert shown["counts"]["created"] == 1
    kept = {"shoe_size": 38, "level": "gold", "wedding": "1999-02-28", "member": True}
    assert office.customer("Anna Khan")["custom"] == kept


def test_the_dry_run_says_what_does_not_fit(office: Office) -> None:
    header = ("name", "level", "shoe size")
    rows = [("Anna Khan", "bronze", "38"), ("Bilal Malik", "gold", "many"), ("Dua Noor", "silver", "40")]
    import_id = office.check(table(header, rows))
    refused = {row["line"]: row["reason"] for row in office.rows(import_id, "refused")}
    assert refused.keys() == {2, 3}
    assert "custom.level" in refused[2]
    assert "gold, silver" in refused[2]
    office.run(import_id)
    assert [one["name"] for one in office.customers()] == ["Dua Noor"]


def test_a_row_without_what_is_required_is_refused_where_it_would_make_somebody(office: Office) -> None:
    known = ("Anna Khan", "anna@example.com", "")
    office.bring_in(table(("name", "email", "level"), [known]))
    assert office.api.patch("/fields/level", {"required": True}, headers={"if-match": "*"}).status == 200
    rows = [("Anna Maria Khan", "anna@example.com", ""), ("Bilal Malik", "bilal@example.com", "")]
    import_id = office.check(table(("name", "email", "level"), rows))
    assert [(row["line"], "is required" in row["reason"]) for row in office.rows(import_id, "refused")] == [(3, True)]
