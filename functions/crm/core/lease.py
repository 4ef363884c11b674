"""What changes seldom and is read for each page: kept in the process for some seconds."""

import time
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from crm.core import clock

SECONDS = 10.0
Value = TypeVar("Value")


class Lease(Generic[Value]):
    """A value that is read again where it is older than ten seconds."""

    _all: ClassVar[list["Lease[Any]"]] = []

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._seen: tuple[Value, tuple[float, float]] | None = None
        Lease._all.append(self)

    def value(self) -> Value:
        """The value, at most ten seconds old."""
        # Two clocks: one goes on while the machine stands still, nobody can move the other.
        now = _clocks()
        if self._seen and all(present - then < SECONDS for present, then in zip(now, self._seen[1], strict=True)):
            return self._seen[0]
        return self.remember(self._read(), at=now)

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
