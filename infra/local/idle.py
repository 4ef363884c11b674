"""Tells when all work is done: nothing runs, queues are empty, streams are read to their end.

Messages that are delayed for more than a minute are no work yet: they wait for the clock, as schedules do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from infra.local.engine_client import EngineAwayError
from infra.local.watch import Pending, Watch

FIRST_LOOK_SECONDS = 0.002
LAST_LOOK_SECONDS = 0.1
# Clients that never pause would let nobody see an end: from time to time new calls are held for a moment.
HOLD_AFTER_SECONDS = 0.25
HOLD_SECONDS = 2.0


class Source(Protocol):
    """A poller that can tell whether nothing is left for it."""

    def drained(self, pending: Pending) -> bool:
        """Judge by what the engine says is pending."""


class Idle:
    """Waits for the end of all work. `activity` gives (what runs now, what ever began).

    No false answer: a record or message counts until its function has answered, because the checkpoint and the
    deletion come after that; and if nothing ran before, after and in between the look at the engine, nothing of ours
    can have been written behind it.
    """

    def __init__(self, watch: Watch, activity: Callable[[], tuple[int, int]], sources: Sequence[Source]) -> None:
        self._watch = watch
        self._activity = activity
        self._sources = sources
        self._lock = threading.Lock()
        self._waiting = 0
        self._busy = 0
        self._began = 0
        self._holding = 0
        self._open = threading.Event()
        self._open.set()

    @property
    def hurried(self) -> bool:
        """Whether somebody waits: then retries and batches are not drawn out."""
        return self._waiting > 0

    @contextmanager
    def work(self) -> Iterator[None]:
        """Count something that is not a function call (a delivery on its way, a retry to come) as work."""
        with self._lock:
            self._busy += 1
            self._began += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1

    @contextmanager
    def hurry(self) -> Iterator[None]:
        """Do not draw anything out meanwhile."""
        with self._lock:
            self._waiting += 1
        self._watch.wake()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def admit(self) -> None:
        """Let a call from outside in; it waits a moment where somebody else has waited for the end of all work."""
        self._open.wait(HOLD_SECONDS)

    @contextmanager
    def _hold(self) -> Iterator[None]:
        with self._lock:
            self._holding += 1
            self._open.clear()
        try:
            yield
        finally:
            with self._lock:
                self._holding -= 1
                if not self._holding:
                    self._open.set()

    def now(self) -> bool:
        """Look once."""
        before = self._state()
        if before[0] or before[1][0]:
            return False
        try:
            pending = self._watch.now()
        except EngineAwayError:
            return False
        return all(source.drained(pending) for source in self._sources) and self._state() == before

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until all work is done; False if it was not within the time. Meanwhile calls may be held for moments."""
        limit = time.monotonic() + timeout_seconds
        patience = HOLD_AFTER_SECONDS
        with self.hurry():
            while not self._look(min(limit, time.monotonic() + patience)):
                with self._hold():
                    if self._look(min(limit, time.monotonic() + HOLD_SECONDS)):
                        return True
                if time.monotonic() > limit:
                    return False
                patience = HOLD_SECONDS
        return True

    def _look(self, until: float) -> bool:
        pause = FIRST_LOOK_SECONDS
        while not self.now():
            if time.monotonic() > until:
                return False
            time.sleep(pause)
            pause = min(pause * 1.5, LAST_LOOK_SECONDS)
        return True

    def _state(self) -> tuple[int, tuple[int, int], int]:
        with self._lock:
            return self._busy, self._activity(), self._began
