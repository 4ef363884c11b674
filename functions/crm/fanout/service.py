"""Long work over everything, fanned out over the jobs queue: pieces that continue themselves, message by message.

A run goes once through all keys of a source: a table in parallel segments, as many as its size asks for. Each piece is
a chain of messages with a progress item of its own. A message does the work of **its own keys**, reads the keys of the
next page, sends them, and moves the piece on to them under the condition that it stands at the page of the message.
So the piece never stands at a page that is not on its way. Whoever dies before the move has its message delivered
again, and reads and sends the page once more: the piece is moved to one of these readings, and the others' chains end
when their keys are done. A message that is faster than the move to it waits. Messages come twice; of two workers that
would move the same step on, one does. A worker that dies has its message delivered again, and then does **the same
keys** again whatever has happened meanwhile, even if the run is over or another has taken its place: it may have died
between a write and the second look at the item (crm.views.refresh), and nobody else would look. So a page is a list of
keys and not a range, which might hold others by then. Where pages end is known to the piece alone, not to messages.

There is one run of a job at a time. A run of a higher rank takes the place of the one under way, in one transaction
with all pieces: messages of the old one no longer move anything. What a page counts is added to the piece in the write
that moves it on, and so counts once. Whoever finishes a piece looks whether all are finished; the last one sees that
they are (it reads after its own write, consistently), and may be two: what a job does to finish, it can do twice.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crm.core import clock, ids, queue, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.projection import Key
from crm.fanout import models, runs
from crm.fanout.models import Facts, Page, Piece, Run, Tally
from crm.fanout.sources import Partitions, Scan, Source

__all__ = ["Facts", "Job", "Page", "Partitions", "Progress", "Run", "Scan", "Tally", "begin", "go_on", "progress"]


def _no_end(_run: Run, _tally: Tally) -> None:
    """Nothing is left to do when all pieces are finished."""


def _without_words(_: Key) -> bool:
    """Keys of ids alone."""
    return False


@dataclass(frozen=True)
class Job:
    """What is to be done over everything. Both parts may be done more than once and raise the store's errors.

    `work` does the keys of a page and tells what it counted. `finish` is called when all pieces are finished, with
    the sum of what their pages counted. Keys that are `wordy`, made of people's words, are in no message: they are done
    as soon as they are read, and whoever dies then does those that there are by then; what `work` counts of them is
    left out of the sum.
    """

    name: str
    source: Source
    work: Callable[[Page], Tally]
    finish: Callable[[Run, Tally], None] = _no_end
    wordy: Callable[[Key], bool] = _without_words


@dataclass(frozen=True)
class Progress:
    """How far the latest run of a job is: `done` keys; `expected`: as many as the last complete run found, 0: unknown.

    `tally` is what has been counted so far.
    """

    run: Run
    done: int
    tally: Tally

    @property
    def share(self) -> float | None:
        """Part done, 0 to 1; None where nobody knows how many there are. 1 only when all is done."""
        if self.run.is_finished:
            return 1.0
        return min(round(self.done / self.run.expected, 2), 0.99) if self.run.expected else None

    @property
    def remaining(self) -> int | None:
        """How many are probably still to be done; None where nobody knows."""
        if self.run.is_finished:
            return 0
        return max(self.run.expected - self.done, 0) if self.run.expected else None


def begin(job: Job, *, rank: int, request: str, facts: Facts | None = None, delay_seconds: int = 0) -> Run | None:
    """Begin a run, its first messages after a delay of at most 900 seconds; None where one of this rank has begun.

    `request` is an id that stays the same when the caller repeats itself: then the messages are sent again, since it
    may have died before it sent them all.
    """
    for pause in table.pauses():
        known = runs.latest(job.name)
        if known is not None and known.rank >= rank:
            return _sent(known, delay_seconds) if known.by == request and not known.is_finished else None
        run = Run(
            job=job.name,
            id=ids.new(),
            rank=rank,
            pieces=job.source.pieces(),
            by=request,
            begun_at=clock.stamp(),
            expected=_expected(known),
            facts=facts or {},
        )
        if runs.written(run, known):
            return _sent(run, delay_seconds)
        # Another request was first, perhaps of a lower rank, which does not do what is asked for here.
        time.sleep(pause)
    raise StoreUnavailable("the run under way moves too fast to be replaced")


def go_on(job: Job, message: Mapping[str, Any]) -> None:
    """Do the page of a message and send the next, or finish the run. Raises the store's errors; call again then."""
    page = models.from_message(message)
    _wait_for(page)
    tally = job.work(page) if page.keys else {}
    known = runs.piece(page)
    if known is None or known.run != page.run:
        return
    if known.is_finished:
        # Whoever finished the piece may have died before it saw that all are.
        _finish_if_last(job, page)
    elif _stands_at(known, page):
        done = known.done + len(page.keys) + page.ahead
        further = replace(known, step=page.step + 1, done=done, tally=models.added(known.tally, tally))
        if page.is_last:
            runs.move(page, replace(further, reading="", after=None, is_finished=True))
            _finish_if_last(job, page)
        else:
            reading = ids.new()
            after = _send_next(job, page, start=page.after or known.after, reading=reading)
            runs.move(page, replace(further, reading=reading, after=after))


def progress(job: str) -> Progress | None:
    """How far the latest run of a job is; None where there never was one. One read."""
    found = runs.read(job)
    if found is None:
        return None
    run, pieces = found
    return Progress(run, sum(piece.done for piece in pieces), models.added(*(piece.tally for piece in pieces)))


def _expected(known: Run | None) -> int:
    if known is None:
        return 0
    return known.done if known.is_finished else known.expected


def _sent(run: Run, delay_seconds: int) -> Run:
    for number in range(run.pieces):
        message = models.to_message(models.first_page(run, number))
        queue.send(settings().jobs_queue_url, message, delay_seconds=delay_seconds)
    return run


def _wait_for(page: Page) -> None:
    """Let whoever sent this page move the piece to it first; if that one has died, its message comes again."""
    for pause in table.pauses():
        known = runs.piece(page)
        if known is None or known.run != page.run or known.step >= page.step:
            return
        time.sleep(pause)
    raise StoreUnavailable("the piece has not been moved to this page yet")


def _stands_at(known: Piece, page: Page) -> bool:
    return (known.step, known.reading) == (page.step, page.reading)


def _send_next(job: Job, page: Page, *, start: Key | None, reading: str) -> Key | None:
    """Read the page behind a place, do what must not be in a message, send the rest; the place where it ended."""
    keys, after = job.source.page(page.piece, page.pieces, start)
    wordy = tuple(key for key in keys if job.wordy(key))
    if wordy:
        job.work(replace(page, keys=wordy))
    left = tuple(key for key in keys if not job.wordy(key))
    following = page.following(left, reading=reading, ahead=len(wordy), is_last=after is None)
    queue.send(settings().jobs_queue_url, models.to_message(following))
    return after


def _finish_if_last(job: Job, page: Page) -> None:
    found = runs.read(job.name)
    if found is None:
        return
    run, pieces = found
    if run.id != page.run or run.is_finished or not _are_finished(pieces):
        return
    job.finish(run, models.added(*(piece.tally for piece in pieces)))
    runs.end(replace(run, finished_at=clock.stamp(), done=sum(piece.done for piece in pieces)))


def _are_finished(pieces: list[Piece]) -> bool:
    return all(piece.is_finished for piece in pieces)
