"""Whoever comes between two calls of an import, another worker or somebody at the desk, doubles and loses nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from crm.core import table
from crm.imports import pieces, references
from tests.imports.lived import FILES, Life, Lived, Passed, State, Step, begin, stored, streamed
from tests.imports.office import Office, deliver, receive
from tests.support.faults import crash_points, interrupted
from tests.support.memory_world import go_back, moment


def running(office: Office, kind: str) -> tuple[str, dict[str, Any]]:
    """An import that somebody has just let run, and its message."""
    import_id = begin(office, kind)
    Life(office, kind, import_id, left=("uploaded",)).live()
    assert office.api.post(f"/imports/{import_id}/run").status == 202
    streamed(import_id)
    message = receive()
    assert message
    return import_id, message


@pytest.mark.parametrize("kind", FILES)
def test_who_undoes_while_it_still_runs_takes_all_of_it_back(office: Office, kind: str, every: int) -> None:
    before = of_customers(stored())
    import_id, message = running(office, kind)
    runs = moment()
    for at in range(1, 1000, every):
        go_back(runs)
        Passed.by = timedelta()
        with interrupted(at=at, by=lambda: stop_and_undo(office, import_id)) as calls:
            deliver(dict(message))
        if len(calls) < at:
            return
        Passed.by += timedelta(seconds=400)
        while left := receive():
            deliver(left)
        assert office.shown(import_id)["state"] in ("undone", "cancelled"), at
        assert of_customers(stored()) == before, at


@pytest.mark.parametrize("kind", FILES)
def test_who_undoes_what_a_worker_left_half_done_takes_that_back_too(office: Office, kind: str) -> None:
    """It died in the middle of a piece, and its message never comes again: its plan alone tells what it did."""
    before = of_customers(stored())
    import_id, message = running(office, kind)
    runs, left = moment(), 0
    for point in crash_points(operations={"TransactWriteItems"}):
        go_back(runs)
        Passed.by = timedelta()
        with point:
            deliver(dict(message))
        if not point.reached:
            break
        left += of_customers(stored()) != before
        Passed.by += timedelta(seconds=400)
        stop_and_undo(office, import_id)
        while again := receive():
            deliver(again)
        assert office.shown(import_id)["state"] in ("undone", "cancelled"), str(point)
        assert of_customers(stored()) == before, str(point)
    assert left > 1, "nothing was left half done"


@pytest.mark.parametrize("kind", FILES)
def test_two_workers_at_the_same_piece_do_it_once(office: Office, kind: str, every: int) -> None:
    """The queue hands a message to a second worker while the first is at it, under the same number or another."""
    lived = Lived.of(office, kind)
    for at in range(1, 1000, 1 if every == 1 else 11):
        before = lived.before(at)
        calls = list(before.in_steps)

        def step_with_another(step: Step) -> None:
            with interrupted(at=at - len(calls), by=step) as made:  # noqa: B023
                step()
            calls.extend(made)  # noqa: B023

        assert before.again().live(step_with_another) == lived.wanted, f"another at call {at}"
        if len(calls) < at:
            return
    raise AssertionError("does it end at all?")


@pytest.mark.parametrize("kind", FILES)
def test_who_is_overtaken_before_planning_does_what_the_other_has_planned(
    office: Office, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """By whoever has its turn meanwhile, and has done all of the piece: anew it would come to nothing new."""
    import_id, message = running(office, kind)
    runs = moment()
    deliver(dict(message))
    wanted = rest_of(office, import_id)
    go_back(runs)
    Passed.by = timedelta()
    real, overtaken = pieces.deeds, list[int]()

    def deeds(place: str, stage: str, number: int) -> Any:
        found = real(place, stage, number)
        if stage == "plan" and not overtaken:
            overtaken.append(number)
            Passed.by += timedelta(seconds=400)
            deliver(dict(message))
        return found

    monkeypatch.setattr(pieces, "deeds", deeds)
    deliver(dict(message))
    assert rest_of(office, import_id) == wanted
    assert overtaken


def rest_of(office: Office, import_id: str) -> list[Any]:
    """What all rows came to, when the rest is done, too."""
    while left := receive():
        deliver(left)
    return [(row["line"], row["outcome"], row["reason"]) for row in office.rows(import_id)]


def test_who_takes_a_key_meanwhile_keeps_it(office: Office, every: int) -> None:
    import_id, message = running(office, "purchases")
    runs = moment()
    for at in range(1, 1000, 1 if every == 1 else 5):
        go_back(runs)
        taken: list[str] = []

        def take() -> None:
            mine = office.api.post("/customers", {"name": "Carl"}).body["id"]
            with suppress(table.ConditionFailed):
                references.attach("K-9", customer_id=mine)
                taken.append(mine)  # noqa: B023

        with interrupted(at=at, by=take) as calls:
            deliver(dict(message))
        if len(calls) < at:
            return
        while left := receive():
            deliver(left)
        assert office.shown(import_id)["state"] == "done"
        outcomes = {row["line"]: row for row in office.rows(import_id)}
        whose = {outcomes[line]["customer"] for line in (3, 4, 5) if outcomes[line]["outcome"] == "created"}
        assert whose <= set(taken) if taken else len(whose) == 1
        assert {row["outcome"] for row in outcomes.values()} <= {"created", "refused"}


def stop_and_undo(office: Office, import_id: str) -> None:
    office.api.post(f"/imports/{import_id}/cancel")
    office.api.post(f"/imports/{import_id}/undo")
    streamed(import_id)
    # Its message comes at once, and has to wait.
    message = receive()
    if message:
        deliver(message)


def of_customers(state: State) -> State:
    """The customers as they are: their fields, events and addresses, without history and bin."""
    kept = ("PROFILE", "EVENT#", "BOUGHT", "CONTACT", "REFERENCE")
    left_out = {"version", "revision"}
    return {
        key: {name: value for name, value in values.items() if name not in left_out}
        for key, values in state.items()
        if key[1].startswith(kept)
    }
