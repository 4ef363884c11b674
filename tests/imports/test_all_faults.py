"""Whoever mends a refused row is told all of its faults at once, as far as one does not hang on another."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from itertools import chain, combinations
from typing import Any

import pytest

from crm.core import files
from crm.privacy import erasing
from tests.imports.office import Office, table
from tests.support.world import Api

HEADER = ("name", "email", "Tel.", "birthday", "joined", "level", "owner", "consent marketing")
ANNA = ("Anna Khan", "anna@example.com", "+923001234567", "", "", "gold", "", "")
# What each column may hold that is wrong, and the stage that finds it, from the cell alone to the store.
WRONG = {
    "joined": "2090-01-01",  # the cell
    "consent marketing": "perhaps",  # the cell
    "birthday": "1850-05-17",  # the rules of customers
    "owner": "mallory",  # the staff
    "level": "",  # own fields, of somebody new
    "Tel.": "+923001234567",  # whose it is by now
}
RIGHT = {"joined": "2020-01-01", "consent marketing": "no", "birthday": "1990-05-17", "owner": "", "level": "gold"}

NOBODY = "nobody is known as its customer; import customers first"


@pytest.fixture
def office(api: Api) -> Office:
    level = {"name": "level", "type": "choice", "choices": [{"value": "gold", "labels": {"en": "gold"}}]}
    assert api.post("/fields", {**level, "labels": {"en": "level"}, "required": True}).status == 201
    assert api.post("/staff", {"id": "somebody", "name": "Somebody"}, role="owner").status == 201
    office = Office(api)
    office.bring_in(table(HEADER, [ANNA]))
    return office


def person(number: int, wrong: Iterable[str]) -> list[str]:
    """A row of somebody of their own, with these columns wrong."""
    said = {**RIGHT, "Tel.": f"+9230022{number:05}", **{column: WRONG[column] for column in wrong}}
    return [f"Person {number}", f"p{number}@example.com", *(said[column] for column in HEADER[2:])]


def columns(row: dict[str, Any]) -> set[str]:
    """What a row is refused for, by the columns."""
    return {str(fault["column"]) for fault in row["faults"]}


def test_what_was_wrong_and_is_mended_as_it_was_told_is_taken_the_next_time(office: Office) -> None:
    some = chain.from_iterable(combinations(WRONG, size) for size in range(len(WRONG) + 1))
    wrong = dict(enumerate(map(set, some), 2))
    shown = office.bring_in(table(HEADER, [person(line, columns) for line, columns in wrong.items()]))
    told = {row["line"]: columns(row) for row in office.rows(shown["id"], "refused")}
    assert told == {line: columns for line, columns in wrong.items() if columns}
    mended = office.bring_in(table(HEADER, [person(line, ()) for line in told]))
    assert (mended["counts"]["created"], mended["counts"]["refused"]) == (len(told), 0)


def refused(office: Office, rows: Iterable[Iterable[str]], header: Iterable[str] = HEADER, **more: Any) -> list[Any]:
    """The rows of a file that are refused."""
    shown = office.bring_in(table([*header], [[*row] for row in rows]), **more)
    return office.rows(shown["id"], "refused")


def test_each_fault_stands_with_its_column_and_remedy_in_the_list_and_in_the_file(office: Office) -> None:
    shown = office.bring_in(table(HEADER, [person(2, ["joined", "birthday", "Tel."]), person(3, ())]))
    (row,) = office.rows(shown["id"], "refused")
    assert [(one["column"], one["reason"].partition(":")[0]) for one in row["faults"]] == [
        ("Tel.", "its phone number is known as that of Anna Khan"),
        ("birthday", "birthday"),
        ("joined", "joined_on"),
    ]
    assert row["column"] == "Tel."
    assert row["reason"] == "; ".join(one["reason"] for one in row["faults"])
    text = files.get(f"imports/{shown['id']}/refused.en.csv").decode("utf-8-sig")
    why = list(csv.reader(io.StringIO(text, newline="")))[1][-1]
    # In words for people the fields are called as the pages call them.
    told = "; ".join(f"{one['reason']}: {one['remedy']}" for one in row["faults"])
    assert why == told.replace("joined_on", "Customer since").replace("birthday:", "Birthday:")


def test_nothing_is_said_of_what_hangs_on_a_wrong_cell(office: Office) -> None:
    """Whose a row is, and what its name would be, is known once its address is right."""
    wrong = ("", "", "+92 12", "1850-05-17", "", "", "", "")
    (row,) = refused(office, [wrong, person(3, ())])
    assert [one["reason"].partition(":")[0] for one in row["faults"]] == ["phone", "birthday"]


def test_a_row_that_is_torn_is_told_that_alone(office: Office) -> None:
    rows = [person(2, ()), person(3, ["birthday", "joined"])]
    text = table(HEADER, rows).replace("p3@example.com,", "p3@example.com,,")
    (row,) = office.rows(office.bring_in(text)["id"], "refused")
    assert [one["reason"] for one in row["faults"]] == ["the row has 9 cells where the table has 8 columns"]


def test_a_faulty_row_is_refused_alone_and_told_what_keeps_the_others_of_the_same_person_out(office: Office) -> None:
    right, faulty = person(2, ()), [*person(2, ["birthday"])[:5], "", "", ""]
    shown = office.bring_in(table(HEADER, [right, faulty]))
    (row,) = office.rows(shown["id"], "refused")
    # The level is required of somebody new, whom the other row makes.
    assert (row["line"], columns(row)) == (3, {"birthday"})
    assert office.customer("Person 2")["birthday"] == RIGHT["birthday"]
    unclear, faulty = person(4, ["Tel."]), person(4, ["Tel.", "birthday"])
    assert [columns(row) for row in refused(office, [unclear, faulty])] == [{"Tel."}, {"Tel.", "birthday"}]


def test_who_asked_to_be_forgotten_is_told_beside_what_is_wrong(office: Office) -> None:
    customer = office.customer("Anna Khan")["id"]
    assert office.api.post(f"/customers/{customer}/erasure").status == 202
    while not erasing.erase(customer_id=customer, places=()):
        pass
    rows = [("Anna", ANNA[1], "+92 12", "1850-05-17", "", "gold", "", ""), person(3, ())]
    assert columns(refused(office, rows)[0]) == {"email", "Tel.", "birthday"}


def test_a_column_without_a_name_is_called_by_its_letter(office: Office) -> None:
    import_id = office.upload("Anna,anna@example.com,+92 12\nBilal,bilal@example.com,+923007654321\n")
    office.work()
    answers = {"/mapping/columns/2/field": "phone", "/mapping/columns/0/field": "name"}
    office.api.patch(f"/imports/{import_id}/mapping", {"answers": answers})
    office.work()
    (row,) = [row for row in office.rows(import_id, "refused") if row["line"] == 1]
    assert row["column"] == "C"


def test_a_purchase(office: Office) -> None:
    header = ("customer number", "customer email", "date", "amount", "currency", "product")
    rows = [
        ("", "", "1997-01-25", "-1.00", "USD", ""),
        ("", "", "1997-01-25", "much", "USD", "x" * 2000),
        ("", "", "1997-01-25", "", "USD", ""),
        ("K-1", "", "2999-01-25", "-1.00", "USD", ""),
        ("K-2", "", "1997-01-25", "1.00", "USD", ""),
        ("", ANNA[1], "1997-01-25", "1.00", "USD", ""),
    ]
    import_id = office.check(table(header, rows), kind="purchases")
    found = office.rows(import_id, "refused")
    assert [[(one["column"], one["reason"].partition(":")[0]) for one in row["faults"]] for row in found] == [
        [("amount", "amount"), (None, "it does not say whose it is")],
        [("amount", "amount"), ("product", "product"), (None, "it does not say whose it is")],
        [("amount", "amount"), (None, "it does not say whose it is")],
        [("date", "at"), ("amount", "amount"), (None, "custom.level")],
        # A level is required of everybody new; that is known before the run, too.
        [(None, "custom.level")],
    ]
    office.run(import_id)
    assert office.rows(import_id, "refused") == found


def test_a_relation(office: Office) -> None:
    header = ("customer email", "kind", "other email", "title", "from")
    rows = [
        ("nobody@example.com", "household", "noone@example.com", "Aunt", "2090-01-01"),
        ("nobody@example.com", "cousin", "noone@example.com", "Aunt", ""),
        (ANNA[1], "household", ANNA[1], "Aunt", ""),
        (ANNA[1], "supplier", "", "Aunt", ""),
    ]
    found = refused(office, rows, header, kind="relations")
    assert [[one["reason"].partition(":")[0] for one in row["faults"]] for row in found] == [
        ["title", "from", NOBODY, "nobody is known as its other customer; import customers first"],
        ["kind", NOBODY],
        ["title", "it relates a customer to themselves"],
        ["kind", "title"],
    ]


def test_what_a_change_would_not_be_taken_for_is_known_before_the_run(office: Office) -> None:
    bilal = office.api.post("/customers", {"name": "Bilal", "custom": {"level": "gold"}}).body["id"]
    anna = office.customer("Anna Khan")["id"]
    assert office.api.post(f"/customers/{anna}/relations", {"kind": "household", "customer": bilal}).status == 201
    import_id = office.check(table(("email", "name", "kind"), [(ANNA[1], ANNA[0], "organisation")]))
    (row,) = office.rows(import_id, "refused")
    assert (row["column"], row["reason"].partition(";")[0]) == (
        "kind",
        "kind: this kind of customer has no relations of kind household",
    )
