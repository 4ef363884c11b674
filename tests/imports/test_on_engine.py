"""The same on the local engine, which refuses calls that the store in memory lets through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.engine import Engine
from tests.imports.office import Office, table
from tests.support.engine_world import on_engine

PEOPLE = ("customer number", "name", "email", "phone")
SALES = ("customer number", "date", "amount")


@pytest.fixture
def office(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with on_engine(monkeypatch, engine):
        yield Office()


def test_files_come_in_again_and_go(office: Office) -> None:
    people = table(PEOPLE, [(f"K-{n}", f"Person {n}", f"p{n}@example.com", "") for n in range(30)])
    sales = table(SALES, [(f"K-{n % 40}", "2025-01-25", f"{n}.50") for n in range(80)])
    first = office.bring_in(people)
    assert office.bring_in(people)["counts"]["skipped"] == 30
    sold = office.bring_in(sales, kind="purchases")
    assert office.bring_in(sales, kind="purchases")["counts"]["skipped"] == 80
    assert office.customer("Person 3")["facts"]["spent"] == "47.00"
    assert len(office.customers()) == 40
    assert office.undo(sold["id"])["undone"]["undone"] == 80
    assert office.undo(first["id"])["undone"]["undone"] == 30
    assert office.customers() == []
