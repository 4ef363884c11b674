"""A file that another program puts into the bucket every night comes in by itself, unless a person should look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from crm.core import files
from crm.core.places import Person
from crm.imports import erasing
from handlers import jobs, upkeep
from tests.imports.office import Office, table
from tests.support.faults import crash_points
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import Context

HEADER = ("customer number", "date", "amount", "currency")
SOLD = [("00004", "1997-01-25", "29.33", "USD"), ("00021", "1997-01-25", "63.34", "USD")]
MORE = ("00004", "1997-01-28", "29.73", "USD")
KEY = "nightly/purchases-till/sales.csv"


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        yield Office()


def put(rows: Sequence[tuple[str, ...]], *, header: tuple[str, ...] = HEADER, key: str = KEY) -> None:
    files.put(key, table(header, rows).encode())


def midnight() -> None:
    record = {"messageId": "midnight", "body": '{"job": "nightly_imports", "day": "2026-11-22"}'}
    assert jobs.handler({"Records": [record]}, Context()) == {"batchItemFailures": []}


def night(office: Office) -> list[dict[str, Any]]:
    """All imports after a night, by their files."""
    midnight()
    office.work()
    return sorted(office.api.get("/imports").body["items"], key=lambda one: one["rows"])


def purchases(office: Office) -> dict[str, int]:
    return {str(one["name"]): int(one["facts"]["purchases"]) for one in office.customers()}


def test_it_is_a_duty_of_the_day() -> None:
    assert ("nightly_imports", 1) in [(duty.job, duty.every_days) for duty in upkeep.DUTIES]


def test_a_file_is_imported_unattended(office: Office) -> None:
    put(SOLD)
    (made,) = night(office)
    assert (made["state"], made["nightly"], made["file_name"]) == ("done", KEY, "sales.csv")
    assert made["counts"]["created"] == 2
    assert purchases(office) == {"00004": 1, "00021": 1}


def test_the_same_content_is_not_looked_at_again(office: Office) -> None:
    put(SOLD)
    night(office)
    put(SOLD)
    assert len(night(office)) == 1
    assert purchases(office) == {"00004": 1, "00021": 1}


def test_the_same_content_under_another_name_records_nothing_twice(office: Office) -> None:
    put(SOLD)
    night(office)
    put(SOLD, key="nightly/purchases/again.csv")
    assert sorted(one["counts"]["skipped"] for one in night(office)) == [0, 2]
    assert purchases(office) == {"00004": 1, "00021": 1}


def test_what_the_next_nights_file_has_more_is_recorded(office: Office) -> None:
    put(SOLD)
    night(office)
    put([*SOLD, MORE])
    _, later = night(office)
    assert (later["state"], later["counts"]["created"], later["counts"]["skipped"]) == ("done", 1, 2)
    assert purchases(office) == {"00004": 2, "00021": 1}


def test_a_content_that_comes_back_is_looked_at(office: Office) -> None:
    for rows in (SOLD, [*SOLD, MORE], SOLD):
        put(rows)
        night(office)
    assert len(night(office)) == 3


def test_what_has_to_be_asked_waits_for_a_person_and_is_known_the_next_night(office: Office) -> None:
    unsure = [("00004", "03/04/2025", "1.00", "USD"), ("00021", "05/06/2025", "2.00", "USD")]
    put(unsure)
    (made,) = night(office)
    assert (made["state"], office.customers()) == ("needs_mapping", [])
    (question,) = office.shown(made["id"])["questions"]
    office.api.patch(f"/imports/{made['id']}/mapping", {"answers": {question["pointer"]: "dmy"}})
    office.work()
    # Who has just answered looks at what it means before anything is written.
    assert (office.shown(made["id"])["state"], office.customers()) == ("checked", [])
    assert office.run(made["id"])["state"] == "done"
    put([*unsure, ("00021", "07/08/2025", "3.00", "USD")])
    later = night(office)[-1]
    assert (later["state"], later["counts"]["created"]) == ("done", 1)
    assert purchases(office) == {"00004": 1, "00021": 2}


@pytest.mark.parametrize(("bad", "state"), [(1, "done"), (2, "checked")])
def test_where_many_rows_would_be_refused_a_person_looks(office: Office, bad: int, state: str) -> None:
    good = [(f"{n:05}", "1997-01-25", "1.00", "USD") for n in range(20 - bad)]
    put([*good, *[(f"9{n:04}", "1997-01-25", "-1.00", "USD") for n in range(bad)]])
    (made,) = night(office)
    assert (made["state"], made["counts"]["refused"]) == (state, bad)
    assert len(office.customers()) == (20 - bad if state == "done" else 0)


def test_what_is_of_no_kind_or_empty_is_left_alone(office: Office) -> None:
    for key in ("nightly/recipes/a.csv", "nightly/purchases.csv", "nightly/purchases/"):
        put(SOLD, key=key)
    files.put("nightly/purchases/empty.csv", b"")
    assert night(office) == []


def test_who_is_erased_goes_from_the_file_too(office: Office) -> None:
    header = ("name", "email")
    put([("Anna", "anna@example.com"), ("Bilal", "bilal@example.com")], header=header, key="nightly/customers/all.csv")
    night(office)
    anna = office.customer("Anna")
    assert erasing.erase(Person(anna["id"], frozenset({"anna@example.com"}), frozenset()))
    assert [found.key for found in files.listed("nightly/")] == []


def test_it_can_be_undone(office: Office) -> None:
    put(SOLD)
    (made,) = night(office)
    assert office.undo(made["id"])["state"] == "undone"
    assert office.customers() == []


def test_who_begins_it_may_die_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    for point in crash_points():
        with in_memory(monkeypatch, memory=Memory(), post=Post()):
            office = Office()
            put(SOLD)
            with point:
                midnight()
            (made,) = night(office)
            assert (made["state"], purchases(office)) == ("done", {"00004": 1, "00021": 1}), str(point)
