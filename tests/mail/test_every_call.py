"""Every function that greets, reminds or mails is killed at every call that it makes to AWS, and everything goes on.

The calls are found in the source (tests/support/sites.py) and the scenarios must make all of them. From there the runs
are generated: each call × dies before it, dies after it, loses its answer × one to three deliveries of every message ×
alone or two at once × SES reports before its answer or later. tests/support/witness.py looks at every write.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.mail.scenarios import SCENARIOS
from tests.support import sites, source
from tests.support.cloud import Cloud
from tests.support.life import ELSEWHERE, Run
from tests.support.trials import Runner, Trial, trials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.trials import Scenario

# Of many thousand runs `make test` makes so many, drawn over all scenarios; `make soak` makes all, or so many of each.
SAMPLE = 60
MOST = os.environ.get("SEEDS")
SEED = 20261121
HANDLERS = sorted(path.stem for path in (source.FUNCTIONS / "handlers").glob("[a-z]*.py") if path.stem not in ELSEWHERE)


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Cloud(SCENARIOS[0].start).running() as cloud:
        yield Runner(cloud)


@dataclass(frozen=True)
class Well:
    """What came of a scenario when nothing goes wrong, and how many mails went out."""

    run: Run
    mails: int


@pytest.fixture(scope="module")
def well(runner: Runner) -> dict[str, Well]:
    """Each scenario without a fault."""
    found = {}
    for scenario in SCENARIOS:
        run = runner.run(Trial(scenario), note_sites=True)
        found[scenario.name] = Well(run, len(runner.cloud.post.accepted))
    return found


@pytest.fixture(scope="module")
def calls(well: dict[str, Well]) -> dict[str, list[str]]:
    """The sites of the calls of each scenario, in their order, when nothing goes wrong."""
    return {name: one.run.sites for name, one in well.items()}


def test_these_are_the_functions_that_are_tried() -> None:
    assert {"greetings", "reminders", "mailer", "mail_events", "reconciler"} <= set(HANDLERS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_ends_well_when_nothing_goes_wrong(well: dict[str, Well], scenario: Scenario) -> None:
    assert well[scenario.name].run.broken == []
    assert scenario.mails in {None, well[scenario.name].mails}


def test_the_scenarios_make_every_call_that_stands_in_the_source(calls: dict[str, list[str]]) -> None:
    made = {site for found in calls.values() for site in found}
    written = sites.of_handlers(*HANDLERS)
    assert sorted(written - made) == [], "no scenario comes here; add one to tests/mail/scenarios.py"
    assert sorted(made - written) == [], "calls that tests/support/sites.py does not find in the source"


def test_a_sample_of_all_faults_at_all_calls_ends_well(runner: Runner, calls: dict[str, list[str]]) -> None:
    chosen = random.Random(SEED).sample(_all(calls), SAMPLE)  # noqa: S311 - repeatable on purpose
    assert _broken(runner, chosen) == []


@pytest.mark.soak
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_all_faults_at_all_calls_end_well(
    runner: Runner, calls: dict[str, list[str]], scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    every = list(trials(scenario, calls[scenario.name]))
    chosen = random.Random(SEED).sample(every, min(int(MOST), len(every))) if MOST else every  # noqa: S311 - repeatable
    began = time.monotonic()
    broken = _broken(runner, chosen)
    met = f"{len(set(calls[scenario.name]))} call sites, {len(calls[scenario.name])} calls"
    with capsys.disabled():
        took = f"{time.monotonic() - began:.0f} s"
        print(f"\n{met}, {len(chosen)} of {len(every)} runs in {took}: {len(broken)} broken promises")  # noqa: T201
    assert broken == []


def _all(calls: dict[str, list[str]]) -> list[Trial]:
    return [trial for scenario in SCENARIOS for trial in trials(scenario, calls[scenario.name])]


def _broken(runner: Runner, chosen: list[Trial]) -> list[str]:
    return [f"{trial}: {wrong}" for trial in chosen for wrong in runner.run(trial).broken]
