"""Calls beside each other, by threads that are kept: to start one takes as much CPU as a small read.

A thread that is busy is given nothing, another is started instead. So what works beside may have others work beside
itself, and nothing waits for a thread that waits for it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
# More are let go when they have done what they were started for.
_MOST_IDLE = 16


def at_once(first: Callable[[], Answer], *others: Callable[[], Any]) -> tuple[Any, ...]:
    """What all of them answer, in their order, after the last has. The first works in the caller's thread.

    Raises what the first of those raises that fail; the others have ended by then, too.
    """
    given = [_given(action) for action in others]
    mine = Task(first)
    mine.work()
    for task in given:
        task.wait()
    return tuple(task.answer() for task in (mine, *given))


def each(ask: Callable[[Asked], Answer], of: Iterable[Asked], *, most: int) -> list[Answer]:
    """The answers about all of these in their order; at most so many are asked about at once."""
    asked = list(of)
    found = dict[int, Answer]()

    def lane(first: int) -> None:
        for place in range(first, len(asked), most):
            found[place] = ask(asked[place])

    if asked:
        at_once(*(partial(lane, first) for first in range(min(most, len(asked)))))
    return [found[place] for place in range(len(asked))]


class Task(Generic[Answer]):
    """Something to do, and what came of it."""

    def __init__(self, action: Callable[[], Answer]) -> None:
        self._action, self._working = action, Lock()
        self._answers: list[Answer] = []
        self._error: BaseException | None = None
        self._working.acquire()

    def work(self) -> None:
        """Do it. What it raises is kept for whoever wants the answer."""
        try:
            self._answers.append(self._action())
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is wanted
            self._error = error

    def end(self) -> None:
        """Let go of who waits."""
        self._working.release()

    def wait(self) -> None:
        """Until another thread has done it."""
        with self._working:
            pass

    def answer(self) -> Answer:
        """Raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._answers[0]


class _Kept(Thread):
    """Does one thing after another."""

    def __init__(self) -> None:
        super().__init__(name="beside", daemon=True)
        self.tasks = SimpleQueue[Task[Any]]()

    def run(self) -> None:
        for task in self._given():
            task.work()
            # Before whoever waits goes on: they may have more to do.
            is_kept = len(_IDLE) < _MOST_IDLE
            if is_kept:
                _IDLE.append(self)
            task.end()
            # What came of it is none of this thread's business until it is given something else.
            del task
            if not is_kept:
                return

    def _given(self) -> Iterator[Task[Any]]:
        while True:
            yield self.tasks.get()


_IDLE = deque[_Kept]()


def _given(action: Callable[[], Answer]) -> Task[Answer]:
    """A task, in a thread that has nothing else to do."""
    task = Task(action)
    try:
        thread = _IDLE.pop()
    except IndexError:
        thread = _Kept()
        thread.start()
    thread.tasks.put(task)
    return task
