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
from tests.exports.desk import Desk, content, lines, table
from tests.imports.office import Office, deliver, receive
from tests.support.faults import crash_points, interrupted, losing_answer
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post

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
        desk = Desk()
        for name in NAMES:
            desk.api.post("/customers", {"name": name}, headers={"idempotency-key": name})
        desk.project()
        yield desk


def names(shown: dict[str, Any]) -> list[str]:
    if shown["format"] == "csv":
        return [row["name"] for row in table(shown)]
    return sorted(row["name"] for row in lines(shown) if row["kind"] == "customer")


@pytest.mark.parametrize("asked", ASKED, ids=["customers", "everything"])
def test_killed_at_any_call_the_file_is_whole(asked: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    for crash in crash_points(operations=OURS):
        with shop(monkeypatch) as desk:
            export_id = desk.ask(**asked).body["id"]
            held: list[Any] = []
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
            export_id = desk.ask(format="csv").body["id"]
            with losing_answer(at=at, operations=OURS) as calls, suppress(ConnectionClosedError):
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
            export_id = desk.ask(format="csv").body["id"]
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
            export_id = desk.ask(search="Anna").body["id"]
            with interrupted(at=at, by=lambda: erasing.erase(NOBODY)) as calls:
                Office.work()
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
