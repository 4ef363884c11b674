"""What is put into queues outlives an erasure, so no word about anybody is put there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from crm.core import table
from crm.core.config import settings
from crm.fanout import service as fanout
from crm.fanout import sources
from tests.support import flow
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

BIRD = "zqnameqz"
PEOPLE = 6


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Some with a word of theirs wherever one can be, in tables of which each page ends at another key."""
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        monkeypatch.setattr(sources, "PAGE", 1)
        monkeypatch.setattr(sources, "_MOST_CALLS", 1)
        api = Api()
        for number in range(PEOPLE):
            words = {"name": f"{BIRD}{number}", "email": f"{BIRD}{number}@example.org", "tags": [BIRD]}
            assert api.post("/customers", {**words, "gender": BIRD}).status == 201
        flow.settle()
        yield api


@pytest.mark.parametrize("way", ["reconcile", "rebuild"])
def test_going_through_all_views_puts_no_name_or_address_into_a_message(api: Api, way: str) -> None:
    assert len([key for key in flow.view_keys() if BIRD in str(key)]) > PEOPLE, "names stand in keys of views"
    assert [key for key in flow.all_keys() if BIRD in str(key)], "addresses stand in keys of the truth"
    assert api.post(f"/views/{way}").status == 202
    sent = flow.do_jobs(at_most=5_000)
    runs = {name: fanout.progress(name) for name in {str(message["job"]) for message in sent if "piece" in message}}
    assert f"{way}_views" in runs
    assert all(run is not None and run.run.is_finished for run in runs.values())
    assert [message for message in sent if BIRD in json.dumps(message)] == []
    assert [piece for piece in pieces() if BIRD in str(piece)] == [], "nor does a place stay behind"


def pieces() -> list[object]:
    found = table.client().scan(TableName=settings().views_table)["Items"]
    return [item for item in found if item["pk"]["S"].startswith("JOB#")]
