"""One run of a scenario with one fault in it: who dies where, how often each message comes, and who meets whom.

    for fault in faults_of(scenario): for trial in trials(scenario, fault): broken = run(trial)

Every AWS call of the functions under test is numbered. At the k-th the caller dies before it or after it, or its answer
is lost. Each message of a queue is delivered once to three times, also when the first delivery went well; ticks, too.
Alone, one function runs after the other; together, two of each run interleaved call by call, by a seeded draw.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.support.cloud import Cloud
from tests.support.life import Life, Run

KINDS = ("before", "after", "answer lost")
_FIRST_TIMES = 3


@dataclass(frozen=True)
class Scenario:
    """A shop in which something is due. `due(cloud)` names the messages that there must be in the end.

    `prepare` makes the shop; `times` are the minutes after it at which schedules fire and work is done; `meanwhile`
    is done once beside the first mail (a customer refuses, …) or from a minute on. `answers(n)` is asked before SES
    takes the n-th mail, and may raise what SES answers instead. `mails`: so many go out when nothing goes wrong;
    `most`: the cap of the business.
    """

    name: str
    start: datetime
    prepare: Callable[[Cloud], None]
    due: Callable[[Cloud], list[str]]
    mails: int | None = 1
    times: tuple[int, ...] = (0, 16, 40, 60, 60 * 24, 60 * 96)
    meanwhile: Callable[[Cloud], object] | None = None
    meanwhile_from: int | None = None
    most: int = 3
    events: Callable[[Any], list[tuple[timedelta, str]]] | None = None
    answers: Callable[[int], None] | None = None


@dataclass(frozen=True)
class Trial:
    """`call` 0: no fault."""

    scenario: Scenario
    call: int = 0
    kind: str = "before"
    deliveries: int = 1
    together: bool = False
    reports_inside: bool = False
    seed: int = 0

    def __str__(self) -> str:
        how = f"{self.deliveries} deliveries, {'two at once' if self.together else 'alone'}"
        when = "reported at once" if self.reports_inside else "reported later"
        return f"{self.scenario.name}: {self.kind} call {self.call}, {how}, {when}, seed {self.seed}"


def trials(scenario: Scenario, made: list[str]) -> Iterator[Trial]:
    """Every call × kind of fault × deliveries 1 to 3 × alone or two at once × reported within the call or later.

    `made`: the sites of the scenario's calls, in order. Of a site that is come to again and again, as by every tick,
    the first times and the last are taken.
    """
    for call in _chosen(made):
        for kind, deliveries in itertools.product(KINDS, (1, 2, 3)):
            for together, inside in itertools.product((False, True), repeat=2):
                yield Trial(scenario, call, kind, deliveries, together, inside, seed=call)


def _chosen(made: list[str]) -> list[int]:
    seen: Counter[str] = Counter()
    first = [call for call, site in enumerate(made, 1) if (seen.update([site]), seen[site])[1] <= _FIRST_TIMES]
    last = {site: call for call, site in enumerate(made, 1)}
    return sorted({*first, *last.values()})


class Runner:
    """Runs trials on one cloud, which is put back to the scenario's beginning each time."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._begun: dict[str, Cloud] = {}

    def run(self, trial: Trial, *, note_sites: bool = False) -> Run:
        """One trial, to its end. Raises what the product must not raise."""
        self.cloud.restore(self.begin(trial.scenario))
        return Life(self.cloud, trial, note_sites).live()

    def begin(self, scenario: Scenario) -> Cloud:
        """The shop in which a scenario begins, made once."""
        if scenario.name not in self._begun:
            begun = Cloud(scenario.start)
            self.cloud.restore(begun)
            scenario.prepare(self.cloud)
            self.cloud.settle()
            begun.restore(self.cloud)
            self._begun[scenario.name] = begun
        return self._begun[scenario.name]
