"""Views are exact whatever the order, the number and the deaths of those who keep them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.world import SETTINGS, forget
from tests.views.mutants import FOUND_BY_SEARCH
from tests.views.simulation import QUEUE, Shop

if TYPE_CHECKING:
    from collections.abc import Callable

SHORT = range(200)
LONG = range(100_000, 100_000 + int(os.environ.get("SEEDS", "20000")))


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "JOBS_QUEUE_URL": QUEUE}.items():
        monkeypatch.setenv(name, value)
    forget()


def test_members_and_totals_equal_a_recount_after_any_interleaving() -> None:
    attempt(*SHORT)


@pytest.mark.soak
def test_members_and_totals_equal_a_recount_after_very_many_interleavings() -> None:
    attempt(*LONG)


@pytest.mark.parametrize("mutant", FOUND_BY_SEARCH)
def test_the_search_finds_every_wrong_variant(mutant: Callable[[], Any]) -> None:
    with mutant(), pytest.raises(AssertionError, match="seed"):
        attempt(*range(100_000, 102_000))


def attempt(*seeds: int) -> None:
    """Schedules one after another; a failure names its seed."""
    for seed in seeds:
        try:
            Shop(seed).run()
        except AssertionError as wrong:
            raise AssertionError(f"seed {seed}: {wrong}") from wrong
