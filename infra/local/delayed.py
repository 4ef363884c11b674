"""Messages in the engine's queues that are delayed for more than a minute: their time passes as the clock is moved."""

from __future__ import annotations

from infra.local.engine_client import EngineClient
from infra.local.watch import Watch


class DelayedMessages:
    """All of them, of all queues. Raises EngineAwayError."""

    def __init__(self, watch: Watch, client: EngineClient) -> None:
        self._watch = watch
        self._client = client

    def first_due(self) -> float | None:
        """In how many seconds the first of them is due; None where there is none."""
        return self._watch.now().later

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass for all of them."""
        self._client.ask(f"/_engine/passed?seconds={seconds:.6f}")
