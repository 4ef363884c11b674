"""A worker may die at any call, and messages may come twice: everybody is changed once, and counted once."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core.config import settings
from crm.fanout import sources
from tests.support import faults, flow
from tests.support.memory import Memory
from tests.support.memory_world import in_memory, once
from tests.support.post import Post
from tests.support.world import Api, Context

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = 3
ANY = {"if-match": "*"}
OURS = frozenset({"BatchGetItem", "GetItem", "PutItem", "Query", "Scan", "SendMessage", "TransactWriteItems"})


@contextmanager
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Three who have a tag, and one who has another; two in a page."""
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        monkeypatch.setattr(sources, "PAGE", 2)
        once(_tagged)
        yield Api()


def _tagged() -> None:
    api = Api()
    for number in range(PEOPLE):
        made = api.post("/customers", {"name": "A", "tags": ["gold"]}, headers={"idempotency-key": f"{number}"})
        assert made.status == 201, made.body
    api.post("/customers", {"name": "B", "tags": ["till"]})
    flow.project(*flow.all_keys())


def people(api: Api) -> list[dict[str, Any]]:
    flow.project(*flow.all_keys())
    listed = api.get("/customers").body["items"]
    return [api.get(f"/customers/{one['id']}").body for one in listed if one["name"] == "A"]


class Work:
    """All that the stream and the queue bring about; a message in whose work the process dies comes again."""

    def __init__(self) -> None:
        self.held: list[dict[str, Any]] = []

    def do(self) -> None:
        changed()
        while self.held or self._receive():
            deliver(self.held[0])
            self.held.clear()

    def _receive(self) -> bool:
        sqs, url = boto3.client("sqs"), settings().jobs_queue_url
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
            self.held = [json.loads(message["Body"])]
        return bool(self.held)


def changed() -> None:
    """The stream tells of changes of tags."""
    assert flow.project(*[key for key in flow.all_keys() if key[0] == "TAGS"]) == []


def deliver(message: dict[str, Any]) -> None:
    from handlers import jobs  # noqa: PLC0415 - after the settings are in place

    assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}


def ask(api: Api) -> str:
    return str(api.patch("/tags/gold", {"name": "vip"}).body["id"])


def undo(api: Api, change: str) -> None:
    assert api.post(f"/tags/changes/{change}/undo").status == 202


def test_killed_at_any_call_everybody_is_changed_and_counted_once(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    tried = 0
    for crash in faults.crash_points(operations=OURS, every=every):
        with shop(monkeypatch) as api:
            work = Work()
            with crash:
                ask(api)
                work.do()
            if not api.get("/tags/changes").body["items"]:
                ask(api)
            work.do()
            (found,) = api.get("/tags/changes").body["items"]
            assert (found["state"], found["changed"]) == ("done", PEOPLE), str(crash)
            assert [(one["tags"], one["version"]) for one in people(api)] == [(["vip"], 2)] * PEOPLE, str(crash)
            tried += 1
    assert tried > 60 // every


def test_killed_at_any_call_the_way_back_gives_everybody_back_once(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    tried = 0
    for crash in faults.crash_points(operations=OURS, every=every):
        with shop(monkeypatch) as api:
            work, change = Work(), ask(api)
            work.do()
            with crash:
                undo(api, change)
                work.do()
            undo(api, change)
            work.do()
            found = api.get(f"/tags/changes/{change}").body
            assert (found["state"], found["returned"], found["kept"]) == ("undone", PEOPLE, 0), str(crash)
            assert [(one["tags"], one["version"]) for one in people(api)] == [(["gold"], 3)] * PEOPLE, str(crash)
            tried += 1
    assert tried > 60 // every


def test_a_message_that_comes_again_after_the_way_back_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(monkeypatch) as api:
        change = ask(api)
        changed()
        late = flow.do_jobs()
        undo(api, change)
        changed()
        flow.do_jobs()
        for message in late:
            deliver(message)
        flow.do_jobs()
        assert api.get(f"/tags/changes/{change}").body["state"] == "undone"
        assert [one["tags"] for one in people(api)] == [["gold"]] * PEOPLE


def test_who_changes_a_customer_meanwhile_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for at in range(1, 40, 4):
        with shop(monkeypatch) as api:
            one = people(api)[0]["id"]
            change = ask(api)
            changed()

            def edit(api: Api = api, one: str = one) -> None:
                api.patch(f"/customers/{one}", {"gender": "f"}, headers=ANY)

            with faults.interrupted(at=at, by=edit):
                flow.do_jobs()
            found = api.get(f"/tags/changes/{change}").body
            assert (found["state"], found["changed"]) == ("done", PEOPLE), at
            person = api.get(f"/customers/{one}").body
            assert person["tags"] == ["vip"], at
            seen.append(person.get("gender"))
    assert seen.count("f") > 2
