"""How far an import is, at what rate, and what it waits for: nothing stands still without a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crm.core import clock
from crm.imports import chain, pieces, progress, refused, running, troubles
from tests.imports.office import Office, deliver, follow, receive, table
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post

PEOPLE = table(("name", "email"), [(f"Person {n}", f"p{n}@example.com") for n in range(6)])
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Broken(Exception):
    """What nobody had thought of."""


class Watch:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def goes_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """An empty shop in memory, where what is to come later comes at once."""
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        moved = Watch()
        monkeypatch.setattr(clock, "now", lambda: moved.now)
        monkeypatch.setattr(pieces, "ROWS", 2)
        yield moved


@pytest.fixture
def office(watch: Watch) -> Office:
    return Office()


def rated(seconds_of_pieces: list[float], *, rows: int = 1000) -> progress.Progress:
    at, done, pace = NOW, 0, progress.begun(None, at=NOW, done=0)
    for seconds in seconds_of_pieces:
        at, done = at + timedelta(seconds=seconds), done + 100
        pace = progress.paced(pace, at=at, done=done)
    return progress.of_job("run", counts={"created": done}, rows=rows, pace=pace)


def test_the_rate_is_that_of_the_last_minute() -> None:
    assert (rated([10, 10]).rows_per_second, rated([10, 10]).remaining_seconds) == (10.0, 80.0)
    slower = rated([1, 1, 1, 50, 50, 50])
    assert (slower.percent, slower.rows_per_second, slower.remaining_seconds) == (60.0, 2.0, 200.0)
    assert rated([]).rows_per_second is None


def test_a_pause_does_not_slow_it_down_for_good() -> None:
    pace = progress.paced(progress.begun(None, at=NOW, done=0), at=NOW + timedelta(seconds=10), done=100)
    later = NOW + timedelta(hours=1)
    pace = progress.paced(progress.begun(pace, at=later, done=100), at=later + timedelta(seconds=10), done=200)
    assert progress.of_job("run", counts={"created": 200}, rows=300, pace=pace).remaining_seconds == 10.0


def test_a_file_that_is_read_tells_by_its_bytes_how_long_it_takes() -> None:
    at = NOW + timedelta(seconds=10)
    found = progress.of_split(offset=250, size=1000, rows=50, begun_at=NOW.isoformat(), at=at)
    assert (found.percent, found.rows_per_second, found.remaining_seconds) == (25.0, 5.0, 30.0)


def begun(office: Office) -> str:
    import_id = office.check(PEOPLE)
    assert office.api.post(f"/imports/{import_id}/run").status == 202
    follow()
    return import_id


def test_a_job_that_fails_is_tried_again_and_says_so(
    office: Office, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = begun(office)
    with monkeypatch.context() as broken:
        broken.setattr(running, "do", failing)
        deliver(received())
        told = office.shown(import_id)["progress"]["waits_for"]
        assert "Broken" in told
        assert clock.instant(watch.now + timedelta(seconds=20)) in told
    office.work()
    shown = office.shown(import_id)
    assert (shown["state"], shown["progress"], shown["counts"]["created"]) == ("done", None, 6)


@pytest.mark.parametrize(("module", "name"), [(running, "do"), (refused, "write")])
def test_a_job_that_always_fails_ends_with_the_reason_and_goes_on_when_it_is_told_to(
    office: Office, watch: Watch, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    import_id = begun(office)
    with monkeypatch.context() as broken:
        broken.setattr(module, name, failing)
        office.work()
    shown = office.shown(import_id)
    assert (shown["state"], shown["failure"]["code"]) == ("failed", troubles.GAVE_UP)
    assert "Broken" in shown["failure"]["reason"]
    assert shown["can_undo_until"]
    assert office.run(import_id)["counts"]["created"] == 6
    assert office.undo(import_id)["undone"]["undone"] == 6
    assert office.customers() == []


def test_what_failed_half_way_can_be_undone(office: Office, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = begun(office)
    monkeypatch.setattr(chain, "WORK_SECONDS", -1)
    deliver(received())
    with monkeypatch.context() as broken:
        broken.setattr(running, "do", failing)
        office.work()
    assert len(office.customers()) == 2
    assert office.undo(import_id)["state"] == "undone"
    assert office.customers() == []


def test_a_worker_that_is_not_heard_of_is_told_and_another_takes_over(office: Office, watch: Watch) -> None:
    import_id = begun(office)
    received()
    assert office.shown(import_id)["progress"]["waits_for"] is None
    watch.goes_on(minutes=3)
    told = office.shown(import_id)["progress"]["waits_for"]
    assert f"/{import_id}/" not in told
    assert "POST …/run goes on now" in told
    assert office.run(import_id)["state"] == "done"
    assert len(office.customers()) == 6


def failing(*_: object) -> None:
    raise Broken


def received() -> dict[str, object]:
    message = receive()
    assert message
    return message
