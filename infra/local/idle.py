"""Tells when all work is done: nothing runs, queues are empty, streams are read to their end."""

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
        """Wait until all work is done; False if it was not within the time."""
        limit = time.monotonic() + timeout_seconds
        pause = FIRST_LOOK_SECONDS
        with self.hurry():
            while not self.now():
                if time.monotonic() > limit:
                    return False
                time.sleep(pause)
                pause = min(pause * 1.5, LAST_LOOK_SECONDS)
        return True

    def _state(self) -> tuple[int, tuple[int, int], int]:
        with self._lock:
            return self._busy, self._activity(), self._began
