"""The event bus of the functions (AWS_ENDPOINT_URL_EVENTBRIDGE): the engine's, with a list of what was put on it.

Rules that somebody makes at the engine get the events as well. `/_local/events.json` shows them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.forwarding import forward
from infra.local.http_message import Request, Response, json_response
from infra.local.listener import Listener

PUT = "AWSEvents.PutEvents"
JOURNAL = "events.jsonl"


class BusEndpoint:
    """Answers EventBridge calls; `handle` is thread-safe."""

    def __init__(self, *, port: int, engine_url: str, directory: Path, log: Callable[[str], None]) -> None:
        self._engine_url = engine_url
        self._path = directory / JOURNAL
        self._lock = threading.Lock()
        self._log = log
        self._listener = Listener(port, self.handle, log)

    def start(self) -> None:
        """Listens. Raises listener.PortTakenError."""
        self._listener.start()

    def stop(self) -> None:
        """Listens no more."""
        self._listener.stop()

    def handle(self, request: Request) -> Response:
        """The engine's answer; what it has taken is written down first, since the caller may not ask again."""
        try:
            response = forward(self._engine_url, request)
        except OSError as error:
            self._log(f"the engine did not answer {request.method} {request.path}: {error}")
            return json_response(503, {"message": "The local engine does not answer."})
        if request.header("x-amz-target") == PUT and response.status == 200:
            self._note(json.loads(request.body)["Entries"], json.loads(response.body)["Entries"])
        return response

    def _note(self, entries: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
        taken = [shown(entry) for entry, answer in zip(entries, answers, strict=True) if "EventId" in answer]
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(event) + "\n" for event in taken))


def shown(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of PutEvents with the names that a rule's pattern uses."""
    return {
        "source": entry.get("Source"),
        "detail-type": entry.get("DetailType"),
        "time": entry.get("Time"),
        "detail": json.loads(entry.get("Detail", "{}")),
    }


def events(directory: Path) -> list[dict[str, Any]]:
    """All events so far, oldest first; an unfinished last line is not there yet."""
    try:
        text = (directory / JOURNAL).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
