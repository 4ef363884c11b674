"""The views are built anew from nothing, wherever the builder dies, and nobody reads half of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import built, table
from crm.fanout import sources
from crm.views import rebuild
from crm.views import service as views
from handlers import jobs, upkeep
from tests.support import faults, flow
from tests.support.memory_world import once
from tests.support.rows import all_items
from tests.support.world import Api, Context
from tests.views.test_recomputed import VIEWS, _content, _live_a_little
from tests.views.test_sweep import queued

if TYPE_CHECKING:
    from collections.abc import Callable

READS = ("/customers", "/segments")


@pytest.fixture
def grown(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """A shop with some life in it, its views whole and marked; readers look at the mark each time."""
    once(_grow)
    monkeypatch.setattr(sources, "PAGE", 5)
    monkeypatch.setattr(built, "LEASE_SECONDS", 0.0)
    monkeypatch.setattr(rebuild, "_UNTIL_UNREAD", 0)
    built.forget()
    views.keep_mark(request="mark")
    return api


def _grow() -> None:
    _live_a_little(Api())
    upkeep.handler({}, Context())
    flow.do_jobs()
    flow.settle()


def empty() -> None:
    """As somebody might, by hand."""
    for item in all_items(VIEWS):
        boto3.client("dynamodb").delete_item(TableName="views", Key={"pk": item["pk"], "sk": item["sk"]})


def content() -> dict[tuple[str, str], Any]:
    """What readers see, but for what cannot be made again and what says how views are made."""
    found = _content()
    return {
        (pk, sk.partition("\x1f")[0]): value
        for (pk, sk), value in found.items()
        if pk not in {"VIEWS", "FLOWS"} and sk != "flow"
    }


def ask(**more: Any) -> None:
    do({"job": "rebuild", "id": "asked", **more})


def do(message: dict[str, Any]) -> None:
    assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}


def to_the_end() -> None:
    flow.do_jobs(at_most=1000)


def test_from_an_empty_table_the_content_is_the_same_and_readers_wait_for_all_of_it(grown: Api) -> None:
    before, lists = content(), [grown.get(path).body for path in READS]
    empty()
    ask()
    waited = 0
    while (message := _next()) is not None:
        for path in READS:
            answer = grown.get(path)
            assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
            assert answer.body["type"].endswith("views-being-built")
            assert int(answer.headers["retry-after"]) > 0
        do({"id": f"message {waited}", **message})
        waited += 1
    assert waited > 5
    assert content() == before
    for path, body in zip(READS, lists, strict=True):
        assert _timeless(grown.get(path).body) == _timeless(body)


@pytest.mark.usefixtures("grown")
def test_killed_at_any_call_it_goes_on_and_ends_the_same(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    before, points = content(), 0
    monkeypatch.setattr(sources, "PAGE", 150)
    for number, point in enumerate(faults.crash_points(every=every)):
        empty()
        _survived(point, partial(ask, request=f"request {number}"))
        while (message := _next()) is not None:
            _survived(point, partial(do, {"id": f"message {number}", **message}))
        assert content() == before, str(point)
        mark = built.read()
        assert mark is not None
        assert mark.is_whole, str(point)
        points += point.reached
    assert points > 30 / every


def test_what_is_wrong_in_a_full_table_is_mended_too(grown: Api) -> None:
    before = content()
    dynamodb = boto3.client("dynamodb")
    items = {(item["pk"]["S"], item["sk"]["S"]): item for item in all_items(VIEWS)}
    lost = next(key for key in items if key[0] == "CUSTOMERS")
    dynamodb.delete_item(TableName="views", Key=table.to_item({"pk": lost[0], "sk": lost[1]}))
    changed = next(key for key in items if key[0] == "RESIDENTS")
    dynamodb.put_item(TableName="views", Item=items[changed] | {"name": {"S": "wrong"}})
    dynamodb.put_item(TableName="views", Item=items[lost] | {"sk": {"S": "nobody#x"}})
    total = next(key for key in items if key[0].startswith("TOTAL#SEGMENT") and key[1].startswith("sum"))
    dynamodb.put_item(TableName="views", Item=items[total] | {"members": {"N": "1000"}})
    assert content() != before
    ask()
    to_the_end()
    assert content() == before
    assert not [key for key in flow.view_keys() if key[0].startswith("TOTAL#") and key[1].startswith("sum#")]


def test_whoever_was_deleted_while_nobody_looked_is_gone(grown: Api) -> None:
    before = content()
    late = grown.post("/customers", {"name": "Late"}).headers["location"]
    flow.settle()
    boto3.client("dynamodb").delete_item(
        TableName="crm", Key=table.to_item({"pk": late.replace("/customers/", "CUSTOMER#"), "sk": "PROFILE"})
    )
    ask()
    to_the_end()
    assert content() == before


def test_a_table_that_was_emptied_by_hand_is_seen_and_built_by_itself(grown: Api) -> None:
    before = content()
    empty()
    assert grown.get("/customers").status == 503
    upkeep.handler({}, Context())
    to_the_end()
    assert grown.get("/customers").status == 200
    assert content() == before


def test_the_same_request_is_carried_out_once_and_a_second_joins_it(grown: Api) -> None:
    ask(request="one")
    ask(request="two")
    to_the_end()
    assert built.read() == built.Mark(2, 1, is_whole=True)
    ask(request="one")
    assert built.read() == built.Mark(2, 1, is_whole=True)
    ask(request="three")
    to_the_end()
    assert built.read() == built.Mark(3, 2, is_whole=True)


def test_a_customer_who_changes_while_it_is_built_is_counted_as_he_is(grown: Api) -> None:
    ask()
    path = grown.post("/customers", {"name": "New", "language": "ur"}).headers["location"]
    done = 0
    while (message := _next()) is not None:
        do({"id": f"message {done}", **message})
        done += 1
        grown.post(f"{path}/purchases", {"amount": "1.00", "at": "2026-01-05T10:00:00Z"})
        flow.project((path.replace("/customers/", "CUSTOMER#"), "PROFILE"))
    there = content()
    empty()
    ask(request="again")
    to_the_end()
    assert content() == there


def _survived(point: faults.CrashPoint, work: Callable[[], object]) -> None:
    had_died = point.reached
    with point:
        work()
    if point.reached and not had_died:
        work()


def _next() -> dict[str, Any] | None:
    try:
        return queued()
    except (KeyError, ValueError):
        return None


def _timeless(body: Any) -> Any:
    return {**body, "items": [{**item, "as_of": None} for item in body["items"]]}
