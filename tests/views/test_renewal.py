"""A new version makes more of the same items: the views of a shop that is there follow, and nobody reads half."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import built
from crm.core.projection import EDITION, EPOCH_KEY
from crm.customers import words
from crm.fanout import sources
from crm.views import rebuild, reconcile
from crm.views import service as views
from handlers import jobs, upkeep
from tests.support import faults, flow
from tests.support.world import Api, Context
from tests.views.test_sweep import queued

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = [f"Muhammad {name}" for name in ("Ali", "Bashir", "Chand", "Danish", "Ehsan", "Faiz", "Ghani")]
PART = {"search": "hamm"}


@pytest.fixture
def old(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """A shop of the version before there were editions: nothing stands there by the ends of words."""
    monkeypatch.setattr(sources, "PAGE", 3)
    monkeypatch.setattr(built, "LEASE_SECONDS", 0.0)
    monkeypatch.setattr(rebuild, "_UNTIL_UNREAD", 0)
    monkeypatch.setattr(reconcile, "_WAIT_SECONDS", 0)
    with pytest.MonkeyPatch.context() as before:
        before.setattr(words, "ends_of_customer", lambda _: [])
        for name in NAMES:
            assert api.post("/customers", {"name": name}).status == 201
        flow.settle()
        views.keep_mark(request="mark")
        upkeep.handler({}, Context())
        flow.do_jobs(at_most=1000)
    as_before()
    return api


def edition() -> int:
    mark = built.read()
    assert mark is not None
    return mark.edition


def said(api: Api, **query: str) -> tuple[int, bool | None]:
    """How many a search finds, and whether it says that these are all."""
    answer = api.get("/customers", query=query)
    assert answer.status == 200, answer.body
    return len(answer.body["items"]), answer.body["complete"]


def tick() -> None:
    upkeep.handler({}, Context())


def messages() -> Iterator[dict[str, Any]]:
    """Each message of the queue as it comes, until none is left."""
    number = 0
    while True:
        try:
            message = queued()
        except (KeyError, ValueError):
            return
        number += 1
        yield {"id": f"message {number}", **message}


def do(message: dict[str, Any]) -> None:
    assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}


def test_old_views_say_that_parts_are_not_found_yet_and_are_extended_by_themselves(old: Api) -> None:
    assert said(old, search="muh") == (len(NAMES), False)
    assert said(old, **PART) == (0, False)
    tick()
    # By the next tick no process of the old version is left.
    assert list(messages()) == []
    assert (said(old, **PART), edition()) == ((0, False), 0)
    tick()
    done = 0
    for message in messages():
        # Some stand there by the ends of their words already, and others do not: nobody is found by them.
        assert (said(old, **PART), said(old, search="muh")) == ((0, False), (len(NAMES), False))
        do(message)
        done += 1
    assert done > 3
    assert (said(old, **PART), edition()) == ((len(NAMES), None), EDITION)
    assert said(old, search="muh") == (len(NAMES), None)
    tick()
    assert list(messages()) == []


@pytest.mark.usefixtures("old")
def test_killed_at_any_call_the_next_tick_goes_on(every: int) -> None:
    tick()
    for point in faults.crash_points(every=every):
        as_before()
        with point:
            tick()
        tick()
        for message in messages():
            with point:
                do(message)
            do(message)
        assert edition() == EDITION, str(point)


def test_views_that_are_built_anew_are_of_the_edition_that_began_to_build_them(old: Api) -> None:
    tick()
    views.begin_rebuild(request="asked")
    for message in messages():
        do(message)
    assert (edition(), said(old, **PART)) == (EDITION, (len(NAMES), None))
    as_before()
    views.begin_reconcile(request="asked")
    before = built.read()
    for message in messages():
        do(message)
    after = built.read()
    assert before is not None
    # Sums that are counted anew under the next number say nothing of what all has been projected by.
    assert after == replace(before, count=before.count + 1)
    assert edition() == 0


def as_before() -> None:
    """The mark and the truth as the version before left them."""
    dynamodb = boto3.client("dynamodb")
    for table, pk, sk in (("views", *built.MARK), ("crm", *EPOCH_KEY)):
        key, change = {"pk": {"S": pk}, "sk": {"S": sk}}, "REMOVE edition, edition_epoch"
        dynamodb.update_item(TableName=table, Key=key, UpdateExpression=change)
    built.forget()
