"""A worker may die at any call, and any answer may be lost: nothing of an import is lost, and nothing done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from crm.core import clock, files, queue, table
from crm.core.config import settings
from crm.imports import pieces, references, running
from handlers import projector
from tests.imports.office import Office, deliver, receive
from tests.imports.office import table as file_of
from tests.support import flow, unwritten
from tests.support.faults import (
    CrashPoint,
    crash_points,
    interrupted,
    losing_answer,
    recording,
    refusing,
    throttled,
)
from tests.support.memory import Memory
from tests.support.memory_world import in_memory, once
from tests.support.post import Post
from tests.support.world import Context

PEOPLE = file_of(
    ("customer number", "name", "email", "phone"),
    [
        ("K-1", "Anna Khan", "anna@example.com", "+923001111111"),
        ("", "Bilal", "", "+923007654321"),
        ("", "Bad", "no address", ""),
        ("", "Anna Khan", "anna@example.com", "+923002222222"),
    ],
)
SALES = file_of(
    ("customer number", "customer email", "date", "amount"),
    [
        ("", "anna@example.com", "2025-01-25", "10.00"),
        ("K-9", "", "2025-01-26", "5.00"),
        # Two of one customer in one piece are written together.
        ("K-9", "", "2025-01-26", "5.00"),
        ("K-9", "", "2025-01-27", "6.00"),
    ],
)
FILES = {"customers": PEOPLE, "purchases": SALES}
# What differs between two histories that come to the same.
_VOLATILE = frozenset(
    {
        "at",
        "audit",
        "begun_at",
        "busy_until",
        "by",
        "created_at",
        "deleted_at",
        "ended_at",
        "etag",
        "expires_at",
        "holder",
        "pace",
        "ran_at",
    }
    | {"ran_at", "recorded_at", "requested_at", "said_at", "saved_at", "since", "token", "updated_at", "uploaded_at"}
)
# What the product calls; the test itself receives the messages and looks at the tables.
_OURS = frozenset(
    {"BatchGetItem", "BatchWriteItem", "DeleteItem", "DeleteObjects", "GetItem", "GetObject", "HeadObject"}
    | {"ListObjectsV2", "PutItem", "PutObject", "Query", "SendMessage", "TransactWriteItems", "UpdateItem"}
)
State = dict[tuple[str, str], dict[str, Any]]


class Passed:
    """How much later it is than the clock says."""

    by = timedelta()


@contextmanager
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A shop that knows Anna, with pieces of two rows and one thread, so that each call has its number."""
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        monkeypatch.setattr(pieces, "ROWS", 2)
        monkeypatch.setattr(running, "THREADS", 1)
        Passed.by, real = timedelta(), datetime.now
        monkeypatch.setattr(clock, "now", lambda: real(UTC) + Passed.by)
        once(_anna)
        yield Office()


def _anna() -> None:
    api = Office().api
    anna = {"name": "Anna", "email": "anna@example.com", "tags": ["regular"]}
    made = api.post("/customers", anna, headers={"idempotency-key": "anna"})
    sold = {"amount": "7.00", "at": "2025-01-01T10:00:00Z"}
    key = {"idempotency-key": "sold"}
    assert api.post(f"/customers/{made.body['id']}/purchases", sold, headers=key).status == 201


def stored() -> State:
    """All that is in the store, without times and without who asked for it from where."""
    found: State = {}
    for page in table.client().get_paginator("scan").paginate(TableName=settings().crm_table):
        for item in map(table.from_item, page["Items"]):
            if item["sk"].startswith("AUDIT#"):
                continue
            values = {name: value for name, value in item.items() if name not in {*_VOLATILE, "pk", "sk"}}
            if item["sk"] == "SOURCES":
                values = dict.fromkeys(values)
            # What lies in the bin is listed by the time.
            found[item["pk"], item["sk"].rpartition("#")[2] if item["pk"] == "BIN" else item["sk"]] = values
    return found


def begin(office: Office, kind: str) -> str:
    asked = {"kind": kind, "file_name": "file.csv"}
    made = asked_until_taken(lambda: office.api.post("/imports", asked, headers={"idempotency-key": kind}))
    # Whether its answer comes or not, the file is there.
    with suppress(ConnectionClosedError):
        files.put(f"uploads/{made.body['id']}/file", FILES[kind].encode())
    return str(made.body["id"])


def through(office: Office, import_id: str, *, verbs: tuple[str, ...], act: Callable[[Callable[[], Any]], Any]) -> None:
    """Go through the steps of an import, each done by `act`."""
    for verb in verbs:
        act(lambda verb=verb: office.api.post(f"/imports/{import_id}/{verb}"))  # type: ignore[misc]
        act(lambda: streamed(import_id))
        while message := receive():
            act(lambda message=message: deliver(message))  # type: ignore[misc]


def streamed(import_id: str) -> Any:
    """The stream tells that somebody has asked for an import to go on."""
    return projector.handler(flow.stream_event([("IMPORTS", f"GOAHEAD#{import_id}")]), Context())


def dying_at(point: CrashPoint) -> Callable[[Callable[[], Any]], Any]:
    """Do something in a process that dies at the point, and again if it died: asked again, or delivered again."""

    def act(step: Callable[[], Any]) -> None:
        was_reached = point.reached
        with point:
            step()
        if point.reached and not was_reached:
            # The queue hands a message out again when nobody can be at it any more.
            Passed.by += timedelta(minutes=30)
            step()

    return act


def lived(office: Office, kind: str, act: Callable[[Callable[[], Any]], Any]) -> tuple[State, State]:
    """The store after a file was brought in, and after that was taken back."""
    import_id = begin(office, kind)
    through(office, import_id, verbs=("uploaded", "run"), act=act)
    written = stored()
    through(office, import_id, verbs=("undo",), act=act)
    return written, stored()


def right(monkeypatch: pytest.MonkeyPatch, kind: str) -> tuple[State, State]:
    with shop(monkeypatch) as office:
        return lived(office, kind, lambda step: step())


@pytest.mark.parametrize("kind", FILES)
def test_a_worker_may_die_at_every_call(monkeypatch: pytest.MonkeyPatch, kind: str, every: int) -> None:
    wanted = right(monkeypatch, kind)
    for point in crash_points(every=every):
        with shop(monkeypatch) as office:
            assert lived(office, kind, dying_at(point)) == wanted, str(point)


@pytest.mark.parametrize("kind", FILES)
def test_every_answer_may_be_lost(monkeypatch: pytest.MonkeyPatch, kind: str, every: int) -> None:
    wanted = right(monkeypatch, kind)
    for at in range(1, 1000, every):
        with shop(monkeypatch) as office, losing_answer(at=at, operations=_OURS) as calls:
            assert lived(office, kind, asked_until_taken) == wanted, f"answer {at} lost: {calls[at - 1 : at]}"
        if len(calls) < at:
            return
    raise AssertionError("does it end at all?")


def asked_until_taken(step: Callable[[], Any]) -> Any:
    answer = step()
    if getattr(answer, "status", 202) >= 500:
        answer = step()
    if isinstance(answer, dict) and answer.get("batchItemFailures"):
        answer = step()
    assert getattr(answer, "status", 202) < 500
    return answer


@pytest.mark.parametrize("kind", FILES)
def test_every_message_may_come_twice(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def twice(step: Callable[[], Any]) -> None:
        step()
        step()

    wanted = right(monkeypatch, kind)
    with shop(monkeypatch) as office:
        assert lived(office, kind, twice) == wanted


@pytest.mark.parametrize("kind", FILES)
def test_who_undoes_while_it_still_runs_takes_all_of_it_back(
    monkeypatch: pytest.MonkeyPatch, kind: str, every: int
) -> None:
    with shop(monkeypatch):
        before = of_customers(stored())
    for at in range(1, 1000, every):
        with shop(monkeypatch) as office:
            import_id = begin(office, kind)
            through(office, import_id, verbs=("uploaded",), act=lambda step: step())
            assert office.api.post(f"/imports/{import_id}/run").status == 202
            streamed(import_id)
            message = receive()
            assert message
            with interrupted(at=at, by=lambda: stop_and_undo(office, import_id)) as calls:  # noqa: B023
                deliver(message)
            if len(calls) < at:
                return
            Passed.by += timedelta(seconds=400)
            while message := receive():
                deliver(message)
            shown = office.shown(import_id)
            if shown["state"] == "undone":
                assert of_customers(stored()) == before, at
            else:
                assert shown["state"] == "cancelled", at
                assert of_customers(stored()) == before, at


@pytest.mark.parametrize("kind", FILES)
def test_two_workers_at_the_same_piece_do_it_once(monkeypatch: pytest.MonkeyPatch, kind: str, every: int) -> None:
    """The queue hands a message to a second worker while the first is at it, under the same number or another."""
    wanted = right(monkeypatch, kind)
    for at in range(1, 1000, 1 if every == 1 else 11):
        with shop(monkeypatch) as office:
            calls: list[str] = []

            def step_with_another(step: Callable[[], Any]) -> None:
                with interrupted(at=at - len(calls), by=step) as made:  # noqa: B023
                    step()
                calls.extend(made)  # noqa: B023

            assert lived(office, kind, step_with_another) == wanted, f"another at call {at}"
            if len(calls) < at:
                return
    raise AssertionError("does it end at all?")


def test_who_takes_a_key_meanwhile_keeps_it(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    for at in range(1, 1000, 1 if every == 1 else 5):
        with shop(monkeypatch) as office:
            import_id = begin(office, "purchases")
            through(office, import_id, verbs=("uploaded",), act=lambda step: step())
            assert office.api.post(f"/imports/{import_id}/run").status == 202
            streamed(import_id)
            message = receive()
            assert message
            taken: list[str] = []

            def take() -> None:
                mine = office.api.post("/customers", {"name": "Carl"}).body["id"]
                with suppress(table.ConditionFailed):
                    references.attach("K-9", customer_id=mine)
                    taken.append(mine)  # noqa: B023

            with interrupted(at=at, by=take) as calls:
                deliver(message)
            if len(calls) < at:
                return
            while message := receive():
                deliver(message)
            shown = office.shown(import_id)
            assert shown["state"] == "done"
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


def test_each_request_is_one_write_and_whoever_is_refused_has_changed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is done before the answer; the message that goes on is the stream's to send."""
    with shop(monkeypatch) as office:
        import_id = begin(office, "customers")
        for verb, state in (("uploaded", "inspecting"), ("run", "running"), ("undo", "undoing")):
            with recording() as calls:
                assert office.api.post(f"/imports/{import_id}/{verb}").status == 202
            assert [call for call in calls if call in unwritten.CHANGES] == ["TransactWriteItems"], verb
            assert office.shown(import_id)["state"] == state
            office.work()


def test_a_busy_queue_is_tried_again_by_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(monkeypatch) as office:
        import_id = begin(office, "customers")
        with refusing("SendMessage", error=throttled("SendMessage")):
            assert office.api.post(f"/imports/{import_id}/uploaded").status == 202
            assert len(streamed(import_id)["batchItemFailures"]) == 1
        assert receive() is None
        office.work()
        assert office.shown(import_id)["state"] == "checked"


def test_a_queue_is_empty_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(monkeypatch) as office:
        through(office, begin(office, "customers"), verbs=("uploaded", "run", "undo"), act=lambda step: step())
        assert "Messages" not in queue.client().receive_message(QueueUrl=settings().files_queue_url)
