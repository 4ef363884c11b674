"""The search itself is tested: wrong variants of the product are planted, and the generated runs must catch each."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.mail.planted import QUICK, RACES, RARER
from tests.mail.scenarios import SCENARIOS
from tests.support.cloud import Cloud
from tests.support.trials import Runner, Scenario, Trial, trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Bug = Callable[[], AbstractContextManager[None]]

SEED = 20261121
SOON, LATER, LATEST = 40, 600, 3_000
# What shows a bug that a greeting does not. Where the product has changed and it does not, all others are tried.
_LOST: dict[str, Any] = {"call": 16, "kind": "answer lost", "deliveries": 3, "reports_inside": True, "seed": 16}
SHOWN_BY: dict[str, tuple[str, dict[str, Any]]] = {
    "cap_forgotten": ("two rules, one birthday", {}),
    "claim_without_condition": ("a reminder to staff", _LOST),
    "event_lowers_a_rank": ("a hard bounce", {}),
    "event_makes_a_message": ("an erasure before the report", {}),
    "handed_is_due": ("a hard bounce", {}),
    "no_consent_at_all": ("nobody to greet", {}),
    "reminder_settled_before_sent": ("a reminder to a customer", {}),
    "report_for_an_answer": ("SES fails once", {}),
    "series_advanced_twice": ("a reminder on two days", {}),
}


@pytest.fixture(autouse=True)
def only_granted_rights() -> None:
    """A planted bug may do what the product has no right to; here the runs alone must catch it."""


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Cloud(SCENARIOS[0].start).running() as cloud:
        yield Runner(cloud)


@pytest.mark.parametrize("bug", QUICK, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_caught(runner: Runner, bug: Bug) -> None:
    assert caught(runner, bug, SCENARIOS, SOON)


@pytest.mark.soak
@pytest.mark.parametrize("bug", RARER, ids=lambda bug: bug.__name__)
def test_a_rarer_planted_bug_is_caught(runner: Runner, bug: Bug) -> None:
    assert caught(runner, bug, SCENARIOS, LATER)


@pytest.mark.soak
@pytest.mark.parametrize("bug", RACES, ids=lambda bug: bug.__name__)
def test_a_planted_race_is_caught(runner: Runner, bug: Bug) -> None:
    chosen = tuple(scenario for scenario in SCENARIOS if scenario.name == RACES[bug])
    assert caught(runner, bug, chosen, LATEST)


def caught(runner: Runner, bug: Bug, scenarios: tuple[Scenario, ...], most: int) -> str | None:
    """What the first run says that catches the bug: of the likely one, of all without faults, of a sample of others."""
    likely = [_trial(*SHOWN_BY[bug.__name__])] if bug.__name__ in SHOWN_BY else [Trial(scenarios[0])]
    said = _caught_by(runner, bug, likely)
    if said:
        return said
    rest = [trial for scenario in scenarios for trial in _faults_of(runner, scenario)]
    draw = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    runs = [*map(Trial, scenarios), *draw.sample(rest, min(most, len(rest)))]
    return _caught_by(runner, bug, runs[:most])


def _caught_by(runner: Runner, bug: Bug, runs: list[Trial]) -> str | None:
    for trial in runs:
        # The shop is made by the product as it should be.
        runner.begin(trial.scenario)
    with bug():
        for number, trial in enumerate(runs, 1):
            broken = _broken(runner, trial)
            if broken:
                said = f"{bug.__name__}: caught by run {number} ({trial}): {broken}"
                print(said)  # noqa: T201 - the list that `make soak` shows
                return said
    return None


def _trial(scenario: str, fault: dict[str, Any]) -> Trial:
    (found,) = [one for one in SCENARIOS if one.name == scenario]
    return Trial(found, **fault)


def _faults_of(runner: Runner, scenario: Scenario) -> list[Trial]:
    """Every fault at every call that the scenario makes without a bug; looked up once for all bugs."""
    if scenario.name not in _FAULTS:
        _FAULTS[scenario.name] = list(trials(scenario, runner.run(Trial(scenario), note_sites=True).sites))
    return _FAULTS[scenario.name]


_FAULTS: dict[str, list[Trial]] = {}


def _broken(runner: Runner, trial: Trial) -> str | None:
    try:
        found = runner.run(trial).broken
    except AssertionError as endless:
        return str(endless)
    sent, wanted = len(runner.cloud.post.accepted), trial.scenario.mails
    if not found and trial.call == 0 and wanted not in {None, sent}:
        return f"{sent} mails went out instead of {wanted}"
    return found[0] if found else None
