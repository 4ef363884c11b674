"""A short history of the simulated shop: everything due has its outcome, and the same seed gives the same history."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from crm.reminders import digesting, digests
from tests.mail import planted
from tests.simulation import shops, tasks
from tests.simulation.report import Report
from tests.simulation.year import Year


def lived(*, customers: int = 60, days: int = 2, seed: int = 7, closing: int = 2) -> Report:
    return Year(seed=seed, customers=customers, days=days, closing=closing).live()


def busy() -> Report:
    """Eight days of a shop whose staff sets, snoozes and completes reminders all day long."""
    often = {name: yearly * 400 for name, yearly in tasks.YEARLY.items()}
    with mock.patch.multiple(tasks, YEARLY=often, MADE=4, SNOOZED=3, AGAIN=2):
        return lived(customers=12, days=5, closing=3)


def test_all_that_was_due_has_its_outcome_and_the_same_seed_the_same_history() -> None:
    first, second = lived(), lived()
    assert first.is_well, "\n".join(first.lines())
    assert sum(row["sent"] for row in first.rows.values()) > 0
    assert first.digest == second.digest


def test_reminders_alone_in_digests_snoozed_and_completed_are_all_told() -> None:
    report = busy()
    assert report.is_well, "\n".join(report.lines())
    assert all(report.rows[name]["sent"] for name in ("reminder", "digest", "told in a digest", "snoozed reminder"))


def test_a_mailer_that_sends_again_shows_in_the_report() -> None:
    with planted.settled_ones_again():
        report = lived()
    assert report.doubled
    assert not report.is_well


@pytest.mark.soak
def test_what_a_digest_told_and_is_told_again_shows_in_the_report() -> None:
    with mock.patch.object(digesting, "_change", return_value=None):
        assert busy().extra


@pytest.mark.soak
def test_a_digest_that_does_not_come_shows_in_the_report() -> None:
    with mock.patch.object(digests, "orders", return_value=[]):
        assert busy().missing


@pytest.mark.soak
def test_a_day_of_the_server_shows_in_the_report() -> None:
    with planted.day_of_the_server():
        report = lived(customers=200, days=10, closing=6)
    assert not report.is_well


@pytest.mark.soak
def test_the_number_of_processes_changes_nothing() -> None:
    one, two = (shops.lived(seed=7, customers=40, days=2, closing=2, parallel=count) for count in (1, 2))
    assert one.lines() == two.lines()


@pytest.mark.soak
def test_a_year_of_ten_thousand_customers(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        report = shops.lived(seed=1, customers=int(os.environ.get("CUSTOMERS", "10000")), days=368, loud=True)
        print("\n".join(["", *report.lines()]))  # noqa: T201
    assert report.is_well
