"""The engine's state on disk, and its sources of chance made repeatable so that a journal can be replayed.

Part of `infra.local.engine_server`; runs only in the engine's environment.
"""

from __future__ import annotations

import fcntl
import shutil
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core import persistence
from ministack.services import dynamodb, sqs

from infra.local import journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICES = ("dynamodb", "dynamodb_streams", "sqs", "ssm", "s3", "ses", "ses_v2")
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
    """The engine's state on disk: a snapshot `<n>/`, what came after in `<n>.journal`, `CURRENT` naming n.

    A save writes generation n+1 beside n and then moves `CURRENT` in one rename, so there is no moment at
    which a kill loses or doubles anything.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._pointer = directory / "CURRENT"
        self.generation = 0
        self.journal: journal.Journal | None = None

    @property
    def _journal_path(self) -> Path:
        return self._directory / f"{self.generation}.journal"

    def lock(self) -> None:
        """Wait until no other engine uses this state: one whose host was killed may still be saving."""
        self._lock = (self._directory / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.generation = int(self._pointer.read_text()) if self._pointer.exists() else 0

    def load(self) -> None:
        """Give the engine its saved state."""
        persistence.STATE_DIR = str(self._directory / str(self.generation))
        app._load_persisted_state()
        streams = persistence.load_state("streams") or {}
        dynamodb._stream_records.update(streams.get("records", {}))
        dynamodb._stream_trimmed.update(streams.get("trimmed", {}))

    def writes(self) -> list[journal.Write]:
        """Return what the journal holds beyond the saved state."""
        return list(journal.read(self._journal_path))

    def open(self) -> None:
        """Start appending."""
        self.journal = journal.Journal(self._journal_path)

    def save(self) -> None:
        """Write the next generation and make it the one that counts. Raises OSError if a part is missing."""
        following = self._directory / str(self.generation + 1)
        shutil.rmtree(following, ignore_errors=True)
        persistence.STATE_DIR = str(following)
        parts = app._build_persistence_save_dict()
        parts["streams"] = lambda: {"records": dynamodb._stream_records, "trimmed": dynamodb._stream_trimmed}
        persistence.save_all(parts)
        if missing := [
            name for name in ("dynamodb", "sqs", "ssm", "s3", "streams") if not (following / f"{name}.json").exists()
        ]:
            raise OSError(f"the engine could not save {', '.join(missing)}")
        self._switch()

    def _switch(self) -> None:
        before, snapshot = self._journal_path, self._directory / str(self.generation)
        if self.journal:
            self.journal.close()
            self.journal = None
        self.generation += 1
        self._journal_path.unlink(missing_ok=True)
        pointer = self._pointer.with_suffix(".new")
        pointer.write_text(str(self.generation))
        pointer.replace(self._pointer)
        before.unlink(missing_ok=True)
        shutil.rmtree(snapshot, ignore_errors=True)


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
