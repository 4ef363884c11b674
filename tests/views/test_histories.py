"""Histories that shrink: hypothesis writes, delivers and kills step by step, and shows the shortest that goes wrong.

One thing happens after the other here, but for what another does at any one call of a worker. Whatever is left undone
is done at the end, and then the views must equal the recount.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from botocore.client import BaseClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from crm.core import table
from crm.core.errors import CrmError
from crm.segments import service as segments
from crm.views import reading
from tests.support.faults import Crash
from tests.support.world import SETTINGS, forget
from tests.views import mutants
from tests.views.history import CRM, MOVING, QUEUE, History
from tests.views.people import TIMED, TIMELESS, Person, low, made_of

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = st.sampled_from([rule for rule, _ in (*TIMELESS, *TIMED)])
WHO = st.sampled_from(MOVING[:2])
# At which call of the work something happens; a piece of work makes some four to thirty.
CALLS = st.integers(1, 12)
EXAMPLES = settings(
    max_examples=80,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
_MOST_ROUNDS = 500


class Life(RuleBasedStateMachine):
    """The life of a small shop."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History(random.Random(0))  # noqa: S311 - tokens, which only have to differ
        self.at: tuple[int, Callable[[], object]] | None = None
        self.stack = ExitStack()
        self.stack.enter_context(mock.patch.object(BaseClient, "_make_api_call", self._hook()))
        self.stack.enter_context(mock.patch.object(time, "sleep"))
        self.stack.enter_context(self.history.lived_in(pages=2, most_writes=6))
        reading.forget_rules()

    def _hook(self) -> Any:
        def make(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            happens = None
            if self.at is not None:
                left, happens = self.at[0] - 1, self.at[1]
                self.at = (left, happens) if left else None
                happens = happens if not left else None
            if happens is not None:
                happens()
            return self.history.call(client, operation, parameters)

        return make

    # -- what happens in the shop

    @rule(
        who=WHO,
        spent=st.sampled_from(("0", "100")),
        language=st.sampled_from(("ur", "bn")),
        birthday=st.sampled_from((None, "1986-03-10")),
        teas=st.integers(0, 2),
    )
    def write(self, who: str, spent: str, language: str, birthday: str | None, teas: int) -> None:
        days = tuple(self.history.today - timedelta(days=ago) for ago in range(teas))
        self.history.put(Person(who, spent=spent, language=language, birthday=birthday, teas=days[::-1]))

    @rule(who=WHO)
    def delete(self, who: str) -> None:
        self.history.memory.call("DeleteItem", {"TableName": CRM, "Key": low((f"CUSTOMER#{who}", "PROFILE"))})

    @rule(asked=RULES)
    def make_group(self, asked: Any) -> None:
        self._make_group(asked)

    @rule(place=st.integers(0, 3))
    def make_group_of_another(self, place: int) -> None:
        if self.history.groups:
            self._make_group(made_of(self._group(place)))

    @rule(place=st.integers(0, 3), asked=RULES)
    def change_rule(self, place: int, asked: Any) -> None:
        if self.history.groups:
            with suppress(CrmError, *table.STORE_ERRORS):
                segments.change(segment_id=self._group(place), fields={"rule": asked}, expected_version=None)

    @rule(place=st.integers(0, 3))
    def remove_group(self, place: int) -> None:
        if self.history.groups:
            with suppress(CrmError, *table.STORE_ERRORS):
                segments.remove(segment_id=self._group(place), expected_version=None)

    @rule(days=st.sampled_from((1, 12, 31)))
    def let_time_pass(self, days: int) -> None:
        self.history.today += timedelta(days=days)

    def _make_group(self, asked: Any) -> None:
        with suppress(CrmError, *table.STORE_ERRORS):
            made = segments.register(name="Group", rule=asked, caller="clerk", idempotency_key=None)
            self.history.groups.append(made.segment_id)

    def _group(self, place: int) -> str:
        return self.history.groups[place % len(self.history.groups)]

    # -- who works, dies, and is met by others

    @precondition(lambda self: self.history.pending)
    @rule(first=st.integers(0, 5), many=st.integers(1, 3), again=st.booleans())
    def project(self, first: int, many: int, again: bool) -> None:
        self._project(first, many, again=again)

    @precondition(lambda self: self.history.pending)
    @rule(
        first=st.integers(0, 5),
        many=st.integers(1, 3),
        call=CALLS,
        by=st.sampled_from(("projector", "deletion", "writer", "new rules", "another day")),
        again=st.booleans(),
    )
    def project_and_be_met(self, first: int, many: int, call: int, by: str, again: bool) -> None:
        changes: dict[str, Callable[[], object]] = {
            "projector": _nothing,
            "deletion": partial(self.delete, MOVING[0]),
            "writer": partial(self.history.put, Person(MOVING[0], spent="100", language="bn")),
            "new rules": partial(self.remove_group, 0),
            "another day": partial(self.let_time_pass, 31),
        }

        def meanwhile() -> None:
            changes[by]()
            if by in {"new rules", "another day"}:
                self._do_all()
            else:
                self._project(0, 9, again=again)

        self._with(call, meanwhile, partial(self._project, first, many, again=False))

    @precondition(lambda self: self.history.pending)
    @rule(first=st.integers(0, 5), many=st.integers(1, 3), call=CALLS)
    def project_and_die(self, first: int, many: int, call: int) -> None:
        self._with(call, _die, partial(self._project, first, many, again=False))

    @precondition(lambda self: self.history.memory.queues[QUEUE])
    @rule(place=st.integers(0, 3), again=st.booleans())
    def do_a_job(self, place: int, again: bool) -> None:
        self._do(place, again=again)

    @precondition(lambda self: self.history.memory.queues[QUEUE])
    @rule(place=st.integers(0, 3), call=CALLS, dies=st.booleans())
    def do_a_job_and_be_met(self, place: int, call: int, dies: bool) -> None:
        meanwhile = _die if dies else partial(self._project, 0, 9, again=True)
        self._with(call, meanwhile, partial(self._do, place, again=False))

    @rule(call=CALLS, dies=st.booleans())
    def tick(self, call: int, dies: bool) -> None:
        self._with(call, _die if dies else _nothing, self.history.tick)

    def _with(self, call: int, happens: Callable[[], object], work: Callable[[], object]) -> None:
        self.at = (call, happens)
        with suppress(Crash):
            work()
        self.at = None

    def _project(self, first: int, many: int, *, again: bool) -> None:
        pending = self.history.pending
        batch = [pending.pop(first % len(pending)) for _ in range(min(many, len(pending)))]
        left = batch
        try:
            left = [*self.history.deliver(batch), *(batch[:1] if again else ())] if batch else []
        finally:
            pending += left

    def _do(self, place: int, *, again: bool) -> None:
        messages = self.history.memory.queues[QUEUE]
        message = self.history.named(messages.pop(place % len(messages)))
        is_done = False
        try:
            is_done = self.history.do(message)
        finally:
            messages += [message] if again or not is_done else []

    def teardown(self) -> None:
        """All that is left is done; then nothing may be wrong."""
        with self.stack:
            self._do_all()
            self.history.require_no_drift()

    def _do_all(self) -> None:
        for _ in range(_MOST_ROUNDS):
            if self.history.pending:
                self._project(0, 9, again=False)
            elif self.history.memory.queues[QUEUE]:
                self._do(0, again=False)
            elif self.history.later:
                self.history.let_later_ones_come()
            elif self.history.ticked != self.history.today:
                self.history.tick()
            else:
                return
        raise AssertionError("it does not come to an end")


def _die() -> None:
    raise Crash("meanwhile")


def _nothing() -> None:
    """Nobody comes."""


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "JOBS_QUEUE_URL": QUEUE}.items():
        monkeypatch.setenv(name, value)
    forget()


def test_the_views_equal_a_recount_whatever_happens() -> None:
    run_state_machine_as_test(Life, settings=EXAMPLES)


@pytest.mark.soak
def test_the_views_equal_a_recount_whatever_happens_for_long() -> None:
    many = int(os.environ.get("SEEDS", "20000")) // 10
    run_state_machine_as_test(
        Life, settings=settings(EXAMPLES, max_examples=many, stateful_step_count=25, derandomize=False)
    )


@pytest.mark.parametrize(
    "mutant",
    [mutants.no_condition, mutants.plain_addition, mutants.old_entries_stay, mutants.deletions_overlooked],
)
def test_it_finds_wrong_variants(mutant: Callable[[], Any]) -> None:
    require_found(mutant, most=500)


@pytest.mark.soak
@pytest.mark.parametrize("mutant", [mutants.no_second_look])
def test_in_time_it_finds_those_that_need_a_rarer_meeting(mutant: Callable[[], Any]) -> None:
    require_found(mutant, most=20_000)


def require_found(mutant: Callable[[], Any], *, most: int) -> None:
    """Raises where so many lives show nothing wrong."""
    lives = settings(EXAMPLES, max_examples=most, phases=[Phase.generate])
    with mutant(), pytest.raises(AssertionError):
        run_state_machine_as_test(Life, settings=lives)
