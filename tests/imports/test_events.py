"""Purchases and past calls come in from files, each once however often the file comes."""

from __future__ import annotations

import pytest

from crm.imports import pieces
from tests.imports.office import Office, table
from tests.support.faults import recording
from tests.support.world import Api

HEADER = ("customer number", "date", "amount", "currency")
SOLD = [
    ("00004", "1997-01-25", "29.33", "USD"),
    ("00004", "1997-01-28", "29.73", "USD"),
    ("00021", "1997-01-25", "63.34", "USD"),
]
# Two coffees on one day are two purchases.
TWICE = [("00099", "1997-03-31", "2.50", "USD"), ("00099", "1997-03-31", "2.50", "USD")]


@pytest.fixture
def office(api: Api) -> Office:
    return Office(api)


def spent(office: Office) -> dict[str, tuple[str, int]]:
    found = {one["name"]: office.customer(str(one["name"]))["facts"] for one in office.customers()}
    return {name: (facts["spent"], facts["purchases"]) for name, facts in found.items()}


def test_purchases_make_the_customers_that_their_keys_name(office: Office) -> None:
    shown = office.bring_in(table(HEADER, SOLD), kind="purchases")
    assert shown["counts"]["created"] == 3
    assert spent(office) == {"00004": ("59.06", 2), "00021": ("63.34", 1)}


def test_a_new_customer_costs_two_transactions_and_no_read(office: Office) -> None:
    import_id = office.check(table(HEADER, SOLD), kind="purchases")
    assert office.api.post(f"/imports/{import_id}/run").status == 202
    with recording() as calls:
        office.work()
    assert calls.count("TransactWriteItems") == 2 * len({who for who, *_ in SOLD})
    # The import itself: by the message, before and after.
    assert calls.count("GetItem") <= 4


def test_equal_rows_of_a_file_are_as_many_purchases(office: Office) -> None:
    office.bring_in(table(HEADER, TWICE), kind="purchases")
    assert spent(office) == {"00099": ("5.00", 2)}


@pytest.mark.parametrize("size", [1, 2, 500])
def test_the_same_file_again_records_nothing_twice(office: Office, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(pieces, "ROWS", size)
    office.bring_in(table(HEADER, SOLD + TWICE), kind="purchases")
    before = spent(office)
    again = office.bring_in(table(HEADER, SOLD + TWICE), kind="purchases")
    assert (again["counts"]["skipped"], spent(office)) == (5, before)


def test_what_tomorrows_file_has_more_is_recorded(office: Office) -> None:
    office.bring_in(table(HEADER, [*SOLD, TWICE[0]]), kind="purchases")
    again = office.bring_in(table(HEADER, SOLD + TWICE), kind="purchases")
    assert (again["counts"]["created"], again["counts"]["skipped"]) == (1, 4)
    assert spent(office)["00099"] == ("5.00", 2)


def test_a_purchase_with_a_key_of_its_own_is_known_by_it(office: Office) -> None:
    header = ("receipt no", *HEADER)
    office.bring_in(table(header, [("R-1", *SOLD[0])]), kind="purchases")
    # Till and file round differently; it is the same purchase.
    again = office.bring_in(table(header, [("R-1", *SOLD[0]), ("R-2", *SOLD[1]), ("R-2", *SOLD[1])]), kind="purchases")
    assert (again["counts"]["created"], again["counts"]["skipped"]) == (1, 2)
    assert spent(office) == {"00004": ("59.06", 2)}


def test_purchases_find_customers_by_their_addresses(office: Office) -> None:
    office.bring_in(table(("name", "email", "phone"), [("Anna", "anna@example.com", "+923001234567")]))
    header = ("customer email", "customer phone", "date", "amount")
    rows = [("anna@example.com", "", "2025-01-25", "10.00"), ("", "+923001234567", "2025-01-26", "5.00")]
    shown = office.bring_in(table(header, rows), kind="purchases")
    assert shown["counts"]["duplicates_in_store"] == 2
    assert spent(office) == {"Anna": ("15.00", 2)}


def test_unknown_customers_are_refused_if_that_is_wished(office: Office) -> None:
    shown = office.bring_in(table(HEADER, SOLD), kind="purchases", create_customers=False)
    assert shown["counts"]["refused"] == 3
    assert office.customers() == []


def test_what_cannot_be_recorded_is_refused_before_the_run_and_makes_nobody(office: Office) -> None:
    rows = [*SOLD, ("00100", "1997-01-25", "-1.00", "USD"), ("00101", "2999-01-25", "1.00", "USD")]
    import_id = office.check(table(HEADER, rows), kind="purchases")
    refused = office.rows(import_id, "refused")
    assert [(one["line"], one["reason"].partition(":")[0]) for one in refused] == [(5, "amount"), (6, "at")]
    office.run(import_id)
    assert set(spent(office)) == {"00004", "00021"}


def test_past_calls_are_logged(office: Office) -> None:
    office.bring_in(table(("name", "email"), [("Anna", "anna@example.com")]))
    header = ("customer email", "kind", "summary", "date")
    rows = [("anna@example.com", "call", "asked for the price", "2025-05-17")]
    office.bring_in(table(header, rows), kind="interactions")
    office.bring_in(table(header, rows), kind="interactions")
    facts = office.customer("Anna")["facts"]
    assert facts["interactions"] == 1
    assert facts["last_contact_at"].startswith("2025-05-17")


def test_a_key_that_the_customers_file_gave_is_found_by_the_purchases(office: Office) -> None:
    people = table(("customer number", "name", "phone"), [("00004", "Anna", "+923001234567")])
    office.bring_in(people)
    office.bring_in(table(HEADER, SOLD[:2]), kind="purchases")
    assert spent(office) == {"Anna": ("59.06", 2)}
