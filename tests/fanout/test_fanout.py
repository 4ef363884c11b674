"""Work over everything, in pieces: each key is done, each page counts once, wherever a worker dies."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import views
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.fanout import service as fanout
from crm.fanout import sources
from tests.support import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shop import Shop

ITEMS = 40


@dataclass
class Work:
    """A job that notes what it has done, as some job of the product might."""

    done: Counter[str] = field(default_factory=Counter)
    finished: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    reached: dict[int, int] = field(default_factory=dict)
    wordy: str = "none"

    def job(self) -> fanout.Job:
        source = fanout.Scan("crm", "sk = :sk", {}, {":sk": {"S": "X"}})
        return fanout.Job("trial", source, self._work, self._finish, lambda key: key[0].startswith(self.wordy))

    def _work(self, page: fanout.Page) -> fanout.Tally:
        boto3.client("dynamodb").get_item(TableName="crm", Key={"pk": {"S": "work"}, "sk": {"S": "done"}})
        self.done.update(pk for pk, _ in page.keys)
        return {"keys": len(page.keys)}

    def _finish(self, run: fanout.Run, tally: fanout.Tally) -> None:
        self.finished.append((run.id, dict(tally)))


@pytest.fixture
def work(quick_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Forty items in four pieces and pages of three, among others that are no concern of the job."""
    monkeypatch.setattr(sources, "PAGE", 3)
    monkeypatch.setattr(sources, "_ITEMS_PER_PIECE", 20)
    dynamodb = boto3.client("dynamodb")
    for number in range(ITEMS):
        for kind in ("X", "OTHER"):
            dynamodb.put_item(TableName="crm", Item={"pk": {"S": f"item {number}"}, "sk": {"S": kind}})
    return Work()


def queued() -> list[dict[str, Any]]:
    """All messages of the queue, taken off it."""
    sqs, found = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=settings().jobs_queue_url).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


_numbers = iter(range(10**9))


def delivered(message: dict[str, Any]) -> dict[str, Any]:
    """A message with the id that it keeps however often it comes."""
    return {"id": f"message {next(_numbers)}", **message}


def run_out(job: fanout.Job) -> None:
    """Do all that is queued, and what that queues."""
    while messages := queued():
        for message in messages:
            fanout.go_on(job, delivered(message))


def test_every_key_of_the_source_is_done_once_in_as_many_pieces_as_the_table_asks_for(work: Work) -> None:
    run = fanout.begin(work.job(), rank=1, request="a")
    assert run is not None
    assert run.pieces == 2 * ITEMS // 20
    run_out(work.job())
    assert work.done == Counter({f"item {number}": 1 for number in range(ITEMS)})
    assert work.finished == [(run.id, {"keys": ITEMS})]


def test_a_small_table_is_one_piece_and_the_largest_sixty_four(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for per_piece in (1_000, 1):
        monkeypatch.setattr(sources, "_ITEMS_PER_PIECE", per_piece)
        found.append(work.job().source.pieces())
    assert found == [1, 64]


def test_progress_says_how_much_is_done_and_from_the_second_run_on_how_much_is_left(work: Work) -> None:
    fanout.begin(work.job(), rank=1, request="a")
    first = fanout.progress("trial")
    assert first is not None
    assert (first.done, first.share, first.remaining) == (0, None, None)
    run_out(work.job())
    fanout.begin(work.job(), rank=2, request="b")
    for message in [*queued(), *queued()]:
        fanout.go_on(work.job(), delivered(message))
    for message in queued():
        fanout.go_on(work.job(), delivered(message))
    second = fanout.progress("trial")
    assert second is not None
    assert (second.run.expected, second.remaining) == (ITEMS, ITEMS - second.done)
    assert 0 < second.done < ITEMS
    assert second.share == round(second.done / ITEMS, 2)
    run_out(work.job())
    ended = fanout.progress("trial")
    assert ended is not None
    assert (ended.done, ended.share, ended.remaining) == (ITEMS, 1.0, 0)


def test_wherever_a_worker_dies_all_is_done_and_counted_once(work: Work, every: int) -> None:
    job, points = work.job(), 0
    for rank, point in enumerate(faults.crash_points(every=every), start=1):
        work.done.clear()
        work.finished.clear()
        _survived(point, partial(fanout.begin, job, rank=rank, request=f"request {rank}"))
        while messages := queued():
            for message in map(delivered, messages):
                _survived(point, partial(fanout.go_on, job, message))
        assert set(work.done) == {f"item {number}" for number in range(ITEMS)}, str(point)
        assert {tuple(tally.items()) for _, tally in work.finished} == {(("keys", ITEMS),)}, str(point)
        progress = fanout.progress("trial")
        assert progress is not None
        assert progress.run.is_finished, str(point)
        points += point.reached
    assert points > 100 / every


def _survived(point: faults.CrashPoint, work: Callable[[], object]) -> None:
    """Do the work, and again if the worker died of it."""
    had_died = point.reached
    with point:
        work()
    if point.reached and not had_died:
        work()


def test_a_run_of_a_higher_rank_takes_over_and_the_old_messages_end(work: Work) -> None:
    fanout.begin(work.job(), rank=1, request="a")
    old = [delivered(message) for message in queued()]
    later = fanout.begin(work.job(), rank=2, request="b")
    assert later is not None
    assert fanout.begin(work.job(), rank=2, request="c") is None
    assert fanout.begin(work.job(), rank=1, request="a") is None
    new = queued()
    for message in old:
        fanout.go_on(work.job(), message)
    assert queued() == []
    for message in new:
        fanout.go_on(work.job(), delivered(message))
    run_out(work.job())
    assert [run for run, _ in work.finished] == [later.id]


def test_a_page_is_done_again_even_when_the_run_is_over(work: Work) -> None:
    fanout.begin(work.job(), rank=1, request="a")
    starts = [delivered(message) for message in queued()]
    for message in starts:
        fanout.go_on(work.job(), message)
    pages = [delivered(message) for message in queued()]
    for message in pages:
        fanout.go_on(work.job(), message)
    run_out(work.job())
    keys = {pk for message in pages for pk, _ in message["keys"]}
    assert keys
    work.done.clear()
    for message in pages:
        fanout.go_on(work.job(), message)
    run_out(work.job())
    assert set(work.done) == keys
    assert len(work.finished) == 1


def test_messages_that_come_twice_count_once(work: Work) -> None:
    fanout.begin(work.job(), rank=1, request="a")
    while messages := queued():
        for message in messages:
            twice = delivered(message)
            fanout.go_on(work.job(), twice)
            fanout.go_on(work.job(), twice)
            fanout.go_on(work.job(), delivered(message))
    assert {tuple(tally.items()) for _, tally in work.finished} == {(("keys", ITEMS),)}


def test_two_workers_of_one_page_meet_anywhere_and_it_counts_once(work: Work) -> None:
    job = work.job()
    for rank in range(1, 12):
        work.finished.clear()
        fanout.begin(job, rank=rank, request=f"request {rank}")
        while messages := queued():
            for message in messages:
                other = partial(_all_of_it, work, rank, delivered(message))
                with faults.interrupted(at=rank, by=other) as calls:
                    fanout.go_on(job, delivered(message))
                assert rank not in work.reached or work.reached[rank] <= _done(), rank
                if len(calls) < rank:
                    other()
        assert {tuple(tally.items()) for _, tally in work.finished} == {(("keys", ITEMS),)}, rank


def _all_of_it(work: Work, rank: int, message: dict[str, Any]) -> None:
    fanout.go_on(work.job(), message)
    run_out(work.job())
    work.reached[rank] = _done()


def _done() -> int:
    progress = fanout.progress("trial")
    return progress.done if progress else 0


def test_wordy_keys_are_done_wherever_a_worker_dies_and_no_message_holds_one_or_a_place(work: Work) -> None:
    work.wordy = "item 1"
    job, plain = work.job(), {f"item {number}" for number in range(ITEMS) if not f"item {number}".startswith("item 1")}
    for rank, point in enumerate(faults.crash_points(every=7), start=1):
        work.done.clear()
        work.finished.clear()
        _survived(point, partial(fanout.begin, job, rank=rank, request=f"request {rank}"))
        while messages := queued():
            assert "item 1" not in str(messages)
            assert not any("after" in message for message in messages)
            for message in map(delivered, messages):
                _survived(point, partial(fanout.go_on, job, message))
        assert set(work.done) == {f"item {number}" for number in range(ITEMS)}, str(point)
        assert {tuple(tally.items()) for _, tally in work.finished} == {(("keys", len(plain)),)}, str(point)
        assert _done() == ITEMS, str(point)


def test_a_message_that_is_faster_than_the_move_to_its_page_comes_again(work: Work) -> None:
    fanout.begin(work.job(), rank=1, request="a")
    late = None
    while messages := queued():
        for message in map(delivered, messages):
            if late is None:
                with faults.CrashPoint(1, "before", {"PutItem"}):
                    fanout.go_on(work.job(), message)
                late = message
                (early,) = queued()
                with pytest.raises(StoreUnavailable):
                    fanout.go_on(work.job(), early)
                fanout.go_on(work.job(), late)
                fanout.go_on(work.job(), early)
            else:
                fanout.go_on(work.job(), message)
    assert {tuple(tally.items()) for _, tally in work.finished} == {(("keys", ITEMS),)}


def test_of_two_readings_of_a_page_the_piece_goes_on_with_the_one_whose_place_it_keeps(work: Work) -> None:
    fanout.begin(work.job(), rank=1, request="a")
    first, *others = map(delivered, queued())
    with faults.CrashPoint(1, "before", {"PutItem"}):
        fanout.go_on(work.job(), first)
    (stale,) = queued()
    fanout.go_on(work.job(), first)
    (kept,) = queued()
    fanout.go_on(work.job(), delivered(stale))
    assert (queued(), _done()) == ([], 0)
    assert {pk for pk, _ in stale["keys"]} <= set(work.done), "its keys are done"
    for message in (kept, *others):
        fanout.go_on(work.job(), delivered(message))
    run_out(work.job())
    assert {tuple(tally.items()) for _, tally in work.finished} == {(("keys", ITEMS),)}


def test_messages_of_the_older_form_carry_their_place_and_are_gone_on_with(work: Work) -> None:
    fanout.begin(work.job(), rank=1, request="a")
    for message in queued():
        # As it was sent before places stood with the piece: the first page done, the piece moved on without a place.
        keys, after = work.job().source.page(message["piece"], message["pieces"], None)
        old = {name: message[name] for name in ("job", "run", "piece", "pieces", "facts")}
        old |= {"step": 0, "keys": keys, "after": after, "is_first": False}
        fanout.go_on(work.job(), delivered(json.loads(json.dumps(old))))
    run_out(work.job())
    assert {tuple(tally.items()) for _, tally in work.finished} == {(("keys", ITEMS),)}
    assert set(work.done) == {f"item {number}" for number in range(ITEMS)}


def test_no_place_of_a_run_that_never_ended_outlives_the_next(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    fanout.begin(work.job(), rank=1, request="a")
    for message in queued():
        fanout.go_on(work.job(), delivered(message))
    queued()
    assert places()
    monkeypatch.setattr(sources, "_ITEMS_PER_PIECE", 1_000)
    fanout.begin(work.job(), rank=2, request="b")
    assert places() == []
    run_out(work.job())
    assert places() == []
    assert [tally for _, tally in work.finished] == [{"keys": ITEMS}]


def places() -> list[Any]:
    pieces = [item for item in views.partition("JOB#trial") if item["sk"] != "RUN"]
    return [item["after"] for item in pieces if item.get("after")]


def test_keys_that_are_too_long_for_one_message_are_shared_out(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PAGE", 500)
    monkeypatch.setattr(sources, "_ITEMS_PER_PIECE", 1_000)
    dynamodb = boto3.client("dynamodb")
    for number in range(100):
        dynamodb.put_item(TableName="crm", Item={"pk": {"S": f"{number:04}" + "ا" * 500}, "sk": {"S": "X"}})
    sizes = []
    fanout.begin(work.job(), rank=1, request="a")
    while messages := queued():
        for message in messages:
            sizes.append(len(json.dumps(message)))
            fanout.go_on(work.job(), delivered(message))
    assert len(work.done) == ITEMS + 100
    assert max(sizes) < 256 * 1024
    assert len(sizes) > 2
