"""What changes seldom and is read for each page: kept in the process for some seconds."""

import time
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from crm.core import clock

SECONDS = 10.0
Value = TypeVar("Value")


class Lease(Generic[Value]):
    """A value that is read again where it is older than ten seconds, or than it may be."""

    _all: ClassVar[list["Lease[Any]"]] = []

    def __init__(self, read: Callable[[], Value], seconds: float = SECONDS) -> None:
        self._read, self._seconds = read, seconds
        self._seen: tuple[Value, tuple[float, float]] | None = None
        Lease._all.append(self)

    def value(self) -> Value:
        """The value, no older than it may be."""
        now = _clocks()
        if self._seen and self._holds(self._seen[1], now):
            return self._seen[0]
        return self.remember(self._read(), at=now)

    @property
    def is_to_be_read(self) -> bool:
        """Whether the next who wants the value waits for it."""
        return self._seen is None or not self._holds(self._seen[1], _clocks())

    def _holds(self, seen: tuple[float, float], now: tuple[float, float]) -> bool:
        # Two clocks: one goes on while the machine stands still, nobody can move the other.
        return all(present - then < self._seconds for present, then in zip(now, seen, strict=True))

    def remember(self, value: Value, *, at: tuple[float, float] | None = None) -> Value:
        """This process has just seen or written the value."""
        self._seen = (value, at or _clocks())
        return value

    @classmethod
    def forget_all(cls) -> None:
        """Read all anew at the next use; for tests that change the world under a running process."""
        for one in cls._all:
            one._seen = None


def _clocks() -> tuple[float, float]:
    return time.monotonic(), clock.now().timestamp()
