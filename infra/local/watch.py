"""Knows what waits in the engine's queues and streams without polling: the engine answers once something is written."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from infra.local.engine_client import EngineAwayError, EngineClient

LONGEST_SILENCE_SECONDS = 20
PAUSE_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class Pending:
    """Messages in each queue (also those in flight, and those delayed by up to a minute); seconds until the first is
    due of those that are delayed for longer, None where there is none; the last sequence number of each table's stream.
    """

    writes: int = -1
    queues: dict[str, int] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)
    later: float | None = None


class Watch:
    """Follows the engine from a thread of its own; pollers wait here for something to do."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._changed = threading.Condition()
        self._latest = Pending()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to follow."""
        threading.Thread(target=self._follow, name="watch", daemon=True).start()

    def stop(self) -> None:
        """Stop following and let everyone who waits go."""
        self._stopped.set()
        self.wake()

    def wake(self) -> None:
        """Let everyone who waits look again."""
        with self._changed:
            self._changed.notify_all()

    @property
    def latest(self) -> Pending:
        """What was last heard; may lag behind the engine by some milliseconds."""
        return self._latest

    def wait(self, known: Pending, timeout_seconds: float) -> Pending:
        """Return what is pending once it differs from `known`, or after the time-out, or when woken."""
        with self._changed:
            if self._latest is known and not self._stopped.is_set():
                self._changed.wait(timeout_seconds)
            return self._latest

    def now(self) -> Pending:
        """Ask the engine. Raises EngineAwayError."""
        return _pending(self._client.ask("/_engine/pending", patience=5))

    def _follow(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            path = f"/_engine/pending?seen={self._latest.writes}&wait={LONGEST_SILENCE_SECONDS}"
            try:
                heard = _pending(self._client.ask(path))
            except EngineAwayError:
                continue
            with self._changed:
                self._latest = heard
                self._changed.notify_all()


def _pending(answer: dict[str, Any]) -> Pending:
    return Pending(**{name: answer[name] for name in ("writes", "queues", "streams", "later")})
