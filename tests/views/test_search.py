"""Views are exact whatever the order, the number and the deaths of those who keep them."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from tests.support import schedule
from tests.support.world import SETTINGS, forget
from tests.views.history import QUEUE
from tests.views.mutants import (
    FOUND_RARELY,
    FOUND_SOON,
    no_second_look,
    page_left_to_whoever_is_ahead,
    second_look_without_the_day,
)
from tests.views.simulation import Shop

if TYPE_CHECKING:
    from collections.abc import Callable

SHORT = 200
LONG = range(1_000_000, 1_000_000 + int(os.environ.get("SEEDS", "20000")))
WRONG_SOON = range(100_000, 100_400)
# With these no history goes round for ever before another is caught, and whoever needs many is caught at once. Where
# the product has changed and none of them shows it, all others are tried.
BEGIN = {no_second_look: 100_181, page_left_to_whoever_is_ahead: 100_056, second_look_without_the_day: 100_110}
BEGIN_ELSE = 100_001
WRONG_SOME_DAY = range(100_000, 110_000)
# A recount whose worker died half way; an item that stayed parked because the record of its mending was lost.
WRONG_ONCE_MENDED_BY_RECONCILE = (2_016_664, 3_000_787)
_SAID_EVERY = 1000


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "JOBS_QUEUE_URL": QUEUE}.items():
        monkeypatch.setenv(name, value)
    forget()


def test_the_views_equal_a_recount_after_any_interleaving(every: int) -> None:
    attempt(*range(0, SHORT, every))


@pytest.mark.parametrize("seed", WRONG_ONCE_MENDED_BY_RECONCILE)
def test_a_history_that_a_reconciliation_once_left_wrong_ends_well(seed: int) -> None:
    shop = Shop(seed)
    shop.mended_by = "reconcile"
    shop.run()


@pytest.mark.soak
def test_the_views_equal_a_recount_after_very_many_interleavings(capsys: pytest.CaptureFixture[str]) -> None:
    begun, calls, met = time.monotonic(), 0, Counter[str]()
    for number, seed in enumerate(LONG, 1):
        shops = attempt(seed)
        calls += sum(shop.schedule.steps for shop in shops)
        for shop in shops:
            met.update(shop.injected)
        if number % _SAID_EVERY == 0 or number == len(LONG):
            with capsys.disabled():
                minutes = (time.monotonic() - begun) / 60
                sys.stdout.write(f"\n{number:,} histories, {calls:,} calls, {minutes:.1f} min, no drift; {dict(met)}")
                sys.stdout.flush()


@pytest.mark.parametrize("mutant", FOUND_SOON)
def test_the_search_finds_every_wrong_variant(mutant: Callable[[], Any]) -> None:
    begin = BEGIN.get(mutant, BEGIN_ELSE)
    with mutant(), given_up_early(), pytest.raises(AssertionError, match="seed"):
        attempt(*range(begin, WRONG_SOON.stop), *range(WRONG_SOON.start, begin))


def test_what_is_lost_is_missed_where_nothing_makes_it_good() -> None:
    with (
        mock.patch.object(Shop, "_are_lost_made_good", return_value=False),
        pytest.raises(AssertionError, match="seed"),
    ):
        attempt(*range(0, 400, 8))


@pytest.mark.soak
@pytest.mark.parametrize("mutant", FOUND_RARELY)
def test_a_long_search_finds_the_wrong_variants_that_rarely_show(mutant: Callable[[], Any]) -> None:
    with mutant(), given_up_early(), pytest.raises(AssertionError, match="seed"):
        attempt(*WRONG_SOME_DAY)


def given_up_early() -> Any:
    """Some wrong variants go round for ever; a history that ends takes a few thousand steps."""
    return mock.patch.object(schedule, "MOST_STEPS", 20_000)


def attempt(*seeds: int) -> list[Shop]:
    """Schedules one after another; a failure names its seed."""
    shops = [Shop(seed) for seed in seeds]
    for shop in shops:
        try:
            shop.run()
        except AssertionError as wrong:
            raise AssertionError(f"seed {shop.seed}: {wrong}") from wrong
    return shops
