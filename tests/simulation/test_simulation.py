"""A short history of the simulated shop: everything due has its outcome, and the same seed gives the same history."""

from __future__ import annotations

import os

import pytest

from tests.mail import planted
from tests.simulation.year import Report, Year


def lived(*, customers: int = 60, days: int = 2, seed: int = 7, closing: int = 2) -> Report:
    return Year(seed=seed, customers=customers, days=days, closing=closing).live()


def test_all_that_was_due_has_its_outcome_and_the_same_seed_the_same_history() -> None:
    first, second = lived(), lived()
    assert first.is_well, "\n".join(first.lines())
    assert sum(row["sent"] for row in first.rows.values()) > 0
    assert first.digest == second.digest


def test_a_mailer_that_sends_again_shows_in_the_report() -> None:
    with planted.settled_ones_again():
        report = lived()
    assert report.doubled
    assert not report.is_well


@pytest.mark.soak
def test_a_day_of_the_server_shows_in_the_report() -> None:
    with planted.day_of_the_server():
        report = lived(customers=200, days=10, closing=6)
    assert not report.is_well


@pytest.mark.soak
def test_a_year_of_ten_thousand_customers(capsys: pytest.CaptureFixture[str]) -> None:
    report = lived(customers=int(os.environ.get("CUSTOMERS", "10000")), days=368, seed=1, closing=6)
    with capsys.disabled():
        print("\n".join(["", *report.lines()]))  # noqa: T201
    assert report.is_well
