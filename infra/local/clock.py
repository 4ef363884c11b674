"""The clock that the functions see: real time plus an offset that a file holds and that only grows."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path


class ClockSpoiltError(Exception):
    """The file that holds the offset holds something else."""


class Clock:
    """Moves with real time; `path` (CLOCK_FILE of the functions) holds the offset in seconds, and outlives the host.

    Raises ClockSpoiltError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._offset = _read(path)
        self._write()

    def now(self) -> datetime:
        """Return the time of this world, in UTC."""
        return datetime.now(UTC) + self._offset

    def move_to(self, instant: datetime) -> None:
        """Set the clock forward; an instant that has passed changes nothing."""
        with self._lock:
            ahead = instant - self.now()
            if ahead > timedelta():
                self._offset += ahead
                self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(f"{self._offset.total_seconds():.6f}")
        os.replace(new, self.path)  # noqa: PTH105 - a reader sees the old or the new text, never a part


def _read(path: Path) -> timedelta:
    try:
        return timedelta(seconds=float(path.read_text())) if path.exists() else timedelta()
    except ValueError as error:
        text = f"{path} does not hold the clock's offset in seconds: write it there (0 is the machine's time)"
        raise ClockSpoiltError(text) from error
