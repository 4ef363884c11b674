"""A worker may die at any call, and messages may come twice: the file is whole, and nothing is in it twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from crm.core import files
from crm.core.places import Person
from crm.exports import chain, erasing, sources
from handlers import projector
from tests.exports.desk import Desk, content, lines, table
from tests.imports.office import Office, deliver, receive, step
from tests.support import flow, unwritten
from tests.support.faults import crash_points, interrupted, losing_answer, recording
from tests.support.memory import Memory
from tests.support.memory_world import in_memory, once
from tests.support.post import Post
from tests.support.world import Context

NAMES = ["Anna", "Bilal", "Chaya", "Dipa", "Esther"]
ASKED: list[dict[str, str]] = [{"format": "csv"}, {"what": "everything", "format": "jsonl"}]
# What the product calls; the test itself receives the messages.
OURS = frozenset(
    {"BatchGetItem", "DeleteObjects", "DescribeTable", "GetItem", "GetObject", "ListObjectsV2", "PutObject", "Query"}
    | {"Scan", "SendMessage", "TransactWriteItems"}
)
NOBODY = Person("nobody", frozenset(), frozenset())


@contextmanager
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Five customers, two in a part, one part in a message."""
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        monkeypatch.setattr(sources, "ROWS", 2)
        monkeypatch.setattr(sources, "_PAGE", 2)
        monkeypatch.setattr(sources, "_ITEMS", 7)
        monkeypatch.setattr(sources, "SEGMENTS", 1)
        monkeypatch.setattr(chain, "WORK_SECONDS", 0)
        once(_five)
        yield Desk()


def _five() -> None:
    desk = Desk()
    for name in NAMES:
        desk.api.post("/customers", {"name": name}, headers={"idempotency-key": name})
    desk.project()


def names(shown: dict[str, Any]) -> list[str]:
    if shown["format"] == "csv":
        return [row["name"] for row in table(shown)]
    return sorted(row["name"] for row in lines(shown) if row["kind"] == "customer")


def asked_for(desk: Desk, **asked: str) -> str:
    """The id of an export; asked for again it is the same."""
    made = desk.api.post("/exports", asked, headers={"idempotency-key": "export"})
    return str(made.body.get("id", ""))


def streamed(export_id: str) -> Any:
    """The stream tells of a new export."""
    return projector.handler(flow.stream_event([("EXPORTS", f"EXPORT#{export_id}")], change="INSERT"), Context())


def test_to_ask_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(monkeypatch) as desk, recording() as calls:
        asked_for(desk, format="csv")
        assert [call for call in calls if call in unwritten.CHANGES] == ["TransactWriteItems"]


@pytest.mark.parametrize("asked", ASKED, ids=["customers", "everything"])
def test_killed_at_any_call_the_file_is_whole(asked: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    for crash in crash_points(operations=OURS):
        with shop(monkeypatch) as desk:
            held: list[Any] = []
            with crash:
                asked_for(desk, **asked)
            export_id = asked_for(desk, **asked)
            with crash:
                streamed(export_id)
            streamed(export_id)
            with crash:
                while message := receive():
                    held = [message]
                    deliver(message)
                    held = []
            for message in held:
                deliver(message)
            Office.work()
            shown = desk.shown(export_id)
            assert (shown["state"], names(shown)) == ("done", NAMES), str(crash)
            assert [one.key for one in files.listed("exports/")] == [f"exports/{export_id}/file.{shown['format']}"]
            tried += 1
    assert tried > 30


def test_a_lost_answer_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(1, 60):
        with shop(monkeypatch) as desk:
            with losing_answer(at=at, operations=OURS) as calls, suppress(ConnectionClosedError):
                export_id = asked_for(desk, format="csv") or asked_for(desk, format="csv")
                if streamed(export_id)["batchItemFailures"]:
                    streamed(export_id)
                while message := receive():
                    if deliver(message)["batchItemFailures"]:
                        deliver(message)
            Office.work()
            shown = desk.shown(export_id)
            assert (shown["state"], names(shown)) == ("done", NAMES), at
        if len(calls) < at:
            return
    raise AssertionError("it makes more calls than expected")


def test_a_message_that_comes_twice_at_once_does_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(1, 60):
        with shop(monkeypatch) as desk:
            streamed(export_id := asked_for(desk, format="csv"))
            message = receive()
            assert message
            message["number"] = "the same"
            with interrupted(at=at, by=lambda message=message: deliver(message)) as calls:  # type: ignore[misc]
                deliver(message)
            Office.work()
            shown = desk.shown(export_id)
            assert (shown["state"], names(shown), shown["rows"]) == ("done", NAMES, 5), at
        if len(calls) < at:
            return
    raise AssertionError("it makes more calls than expected")


def test_an_erasure_at_any_moment_leaves_no_exported_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(1, 60):
        with shop(monkeypatch) as desk:
            streamed(export_id := str(desk.ask(search="Anna").body["id"]))
            with interrupted(at=at, by=lambda: erasing.erase(NOBODY)) as calls:
                while step():
                    pass
            if len(calls) < at:
                assert erasing.erase(NOBODY) == 1
            shown = desk.shown(export_id)
            assert (shown["state"], shown["url"], shown["asked"]) == ("deleted", None, {}), at
            assert list(files.listed("exports/")) == [], at
        if len(calls) < at:
            return
    raise AssertionError("it makes more calls than expected")


def test_an_erasure_says_how_many_files_went(monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(monkeypatch) as desk:
        shown = desk.export(format="csv")
        assert content(shown)
        assert (erasing.erase(NOBODY), erasing.erase(NOBODY)) == (1, 0)
