"""The engine's state on disk, and its sources of chance made repeatable so that a journal can be replayed.

Part of `infra.local.engine_server`; runs only in the engine's environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
import warnings
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core import persistence
from ministack.services import dynamodb, sqs

from infra.local import journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SERVICES = ("dynamodb", "dynamodb_streams", "sqs", "ssm", "s3", "ses", "ses_v2")
MOST_FILES = 65_536
ALWAYS_SAVED = ("dynamodb", "sqs", "ssm", "s3", "streams")


@dataclass
class Request:
    """What one request draws (ids, sequence numbers); a replayed one is given what it drew the first time."""

    drawn: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    at: float | None = None

    def draw(self, make: Callable[[], str]) -> str:
        value = self.given.pop(0) if self.given else make()
        self.drawn.append(value)
        return value


CURRENT: ContextVar[Request | None] = ContextVar("request", default=None)


class StateDamagedError(Exception):
    """A saved part of the state is there and cannot be read."""


class RecordedTime:
    """Stands where an engine module has `time`: a replayed request sees the time of its first run."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def time(self) -> float:
        """Seconds since 1970, of now or of the request being replayed."""
        request = CURRENT.get()
        return time.time() if request is None or request.at is None else request.at


def recorded(make: Callable[[], str]) -> Callable[[], str]:
    """Wrap a source of ids so that a replay repeats them."""

    def draw() -> str:
        request = CURRENT.get()
        return make() if request is None else request.draw(make)

    return draw


class Store:
    """The engine's state on disk: `CURRENT` names a snapshot `<n>/`; what came after is in `<n>.journal`,
    `<n+1>.journal` and so on.

    A save first turns to a new journal and then writes its snapshot beside the old one, which `CURRENT` names until
    the new one is whole: there is no moment at which a kill loses or doubles anything.
    """

    def __init__(self, directory: Path, save_after: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._pointer = directory / "CURRENT"
        self._generation = 0
        self._journal: journal.Journal | None = None
        self._written = 0
        self._save_after = save_after
        self._copy = 0

    def lock(self) -> None:
        """Wait until no other engine uses this state: one whose host was killed may still be saving."""
        self._lock = (self._directory / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._generation = self._current()

    def load(self) -> None:
        """Give the engine its saved state. Raises StateDamagedError."""
        # The engine's own loading begins anew without what it cannot read; saving then would make that final.
        for name, module in app._state_map.items():
            if state := self._part(name):
                app._get_module(module).load_persisted_state(state)
        streams = self._part("streams")
        dynamodb._stream_records.update(streams.get("records", {}))
        dynamodb._stream_trimmed.update(streams.get("trimmed", {}))

    def _part(self, name: str) -> dict[str, Any]:
        directory = self._directory / str(self._generation)
        persistence.STATE_DIR = str(directory)
        path = directory / f"{name}.json"
        state: dict[str, Any] | None = None
        with contextlib.suppress(ValueError):
            state = persistence.load_state(name)
        if state is None and (path.exists() or (name in ALWAYS_SAVED and self._pointer.exists())):
            raise StateDamagedError(f"{path} cannot be read: restore it, or `make reset` to lose everything")
        return state or {}

    def writes(self) -> Iterator[journal.Write]:
        """Yield what the journals hold beyond the saved state; stands at the newest journal afterwards."""
        while True:
            yield from journal.read(self._journal_path(self._generation))
            if not self._journal_path(self._generation + 1).exists():
                return
            self._generation += 1

    def append(self, write: journal.Write) -> None:
        """Put a write into the journal."""
        if self._journal is None:
            self._journal = journal.Journal(self._journal_path(self._generation))
        self._journal.append(write)
        self._written += 1
        if self._written % self._save_after == 0:
            self.save_aside()

    def save(self) -> None:
        """Write a snapshot now. Raises OSError if a part is missing."""
        self._wait_for_copy(0)
        self._turn()
        self._snapshot(self._generation)

    def save_aside(self) -> None:
        """Write a snapshot from a copy of this process, so that calls are answered meanwhile."""
        if self._wait_for_copy(os.WNOHANG):
            return
        self._turn()
        with warnings.catch_warnings():
            # The copy has only this thread, and does nothing but write files.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._copy = os.fork()
        if self._copy == 0:
            try:
                self._close_all_but_lock()
                os.nice(5)
                self._snapshot(self._generation)
            finally:
                os._exit(0)

    def _wait_for_copy(self, options: int) -> bool:
        """Tell whether a copy is still saving; without options wait until none is."""
        if self._copy:
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(self._copy, options) == (0, 0):
                    return True
            self._copy = 0
        return False

    def _close_all_but_lock(self) -> None:
        # Else callers of an engine that was killed would not notice while its copy saves. The lock stays: the
        # next engine has to wait for the copy.
        os.closerange(3, self._lock.fileno())
        os.closerange(self._lock.fileno() + 1, MOST_FILES)

    def _turn(self) -> None:
        if self._journal:
            self._journal.close()
        self._generation += 1
        self._journal = journal.Journal(self._journal_path(self._generation))

    def _snapshot(self, generation: int) -> None:
        before = self._current()
        directory = self._directory / str(generation)
        shutil.rmtree(directory, ignore_errors=True)
        persistence.STATE_DIR = str(directory)
        parts = app._build_persistence_save_dict()
        parts["streams"] = lambda: {
            "records": dynamodb._stream_records,
            "trimmed": dynamodb._stream_trimmed,
        }
        persistence.save_all(parts)
        missing = [name for name in ALWAYS_SAVED if not (directory / f"{name}.json").exists()]
        if missing:
            raise OSError(f"the engine could not save {', '.join(missing)}")
        pointer = self._pointer.with_suffix(".new")
        pointer.write_text(str(generation))
        pointer.replace(self._pointer)
        for old in range(before, generation):
            self._journal_path(old).unlink(missing_ok=True)
            shutil.rmtree(self._directory / str(old), ignore_errors=True)

    def _current(self) -> int:
        return int(self._pointer.read_text()) if self._pointer.exists() else 0

    def _journal_path(self, generation: int) -> Path:
        return self._directory / f"{generation}.journal"


def prepare() -> None:
    """Load the services used here; saving and everything drawn by chance become ours."""
    app.PERSIST_STATE = False
    persistence.PERSIST_STATE = True
    for name in SERVICES:
        app._get_module(name)
    dynamodb.time = sqs.time = RecordedTime()
    dynamodb._next_stream_seq = recorded(dynamodb._next_stream_seq)
    dynamodb._stream_label = recorded(dynamodb._stream_label)
    dynamodb.new_uuid = recorded(dynamodb.new_uuid)
    sqs.new_uuid = recorded(sqs.new_uuid)
