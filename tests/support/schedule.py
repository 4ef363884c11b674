"""Runs several workers interleaved: each stops at every AWS call, and a seeded draw says who goes on.

Workers are threads of which only one ever runs. A worker that crashes at a call is dead for its piece of work and
takes the next. The same seed gives the same interleaving.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.client import BaseClient

from tests.support.faults import Crash

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

MOST_STEPS = 200_000
SLOW_FOR_STEPS = 40


class Stopped(BaseException):
    """The schedule is over; the worker's thread ends."""


class Schedule:
    """`backend(client, operation, parameters)` answers the calls; it may raise Crash to kill the caller's work."""

    def __init__(self, draw: random.Random, backend: Callable[[BaseClient, str, dict[str, Any]], Any]) -> None:
        self.steps = 0
        self._draw = draw
        self._backend = backend
        # Locks that one thread takes and another gives back: a semaphore is ten times as slow.
        self._turns: dict[str, threading.Lock] = {}
        self._main = _taken()
        self._me = threading.local()
        self._waiting: set[str] = set()
        self._pace: dict[str, float] = {}
        self._failure: BaseException | None = None
        self._over = False
        self._threads: list[threading.Thread] = []

    def add(self, name: str, work: Callable[[], bool]) -> None:
        """A worker that does `work()` again and again; it returns False when there is nothing to do just now."""
        self._turns[name] = _taken()
        thread = threading.Thread(target=self._live, args=(name, work), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def run(self, *, finished: Callable[[], bool]) -> None:
        """Go on until `finished()`; it is asked when all workers stand idle. Raises what a worker raised."""
        try:
            while True:
                name = self._next()
                if name is not None:
                    self._turns[name].release()
                    self._main.acquire()
                if self._failure is not None:
                    raise self._failure
                if name is None:
                    if finished():
                        return
                    self._waiting.clear()
        finally:
            self._end()

    def yield_(self) -> None:
        """Let others go first; called in a worker."""
        name = self._me.name
        following = self._next()
        if following == name:
            return
        # The next one is woken from here; the main thread only where all stand idle, or something is wrong.
        (self._main if following is None else self._turns[following]).release()
        self._turns[name].acquire()
        if self._over:
            raise Stopped

    def _next(self) -> str | None:
        """Whose turn it is, which counts as a step; None where nobody has anything to do, or it must end."""
        ready = [name for name in self._turns if name not in self._waiting]
        if not ready:
            return None
        # Some are slow for a while: what is dangerous is one that wakes up late, after all others are done.
        if self.steps % SLOW_FOR_STEPS == 0:
            self._pace = {name: self._draw.choice((0.02, 1, 1, 1)) for name in self._turns}
        chosen = self._draw.choices(ready, weights=[self._pace[name] for name in ready])[0]
        self.steps += 1
        if self.steps > MOST_STEPS:
            # Raised in the main thread: a worker might take it for a failure of its work.
            self._failure = AssertionError("it does not come to an end")
            return None
        return chosen

    def _live(self, name: str, work: Callable[[], bool]) -> None:
        self._me.name = name
        self._turns[name].acquire()
        try:
            while not self._over:
                try:
                    busy = work()
                except Crash:
                    busy = True
                # Whoever had nothing to do is asked again once somebody else has done something.
                self._waiting = set() if busy else self._waiting | {name}
                self.yield_()
        except Stopped:
            pass
        except BaseException as failure:  # noqa: BLE001 - handed to the main thread
            self._failure = failure
            self._main.release()

    def _end(self) -> None:
        self._over = True
        for turn in self._turns.values():
            turn.release()
        for thread in self._threads:
            thread.join(timeout=10)

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """AWS calls and pauses of the workers come here."""
        real_sleep = time.sleep

        def make(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            if hasattr(self._me, "name"):
                self.yield_()
            return self._backend(client, operation, parameters)

        def sleep(seconds: float) -> None:
            if hasattr(self._me, "name"):
                self.yield_()
            else:
                real_sleep(seconds)

        with mock.patch.object(BaseClient, "_make_api_call", make), mock.patch.object(time, "sleep", sleep):
            yield


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock
