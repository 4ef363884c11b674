"""A client of a CRM that runs on this laptop: the same HTTP that every other client speaks."""

import http.client
import json
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

_TRIES = 6
_SECONDS = 300


class RefusedError(RuntimeError):
    """The CRM did not take a request; the text holds its answer."""


class NotRunningError(RuntimeError):
    """Nobody answers at the address."""


@dataclass(frozen=True)
class Answer:
    """Status and JSON document of an answer."""

    status: int
    document: Any


class Client:
    """Sends requests to 127.0.0.1 as one member of staff; may be shared by threads, each has its own connection."""

    def __init__(self, *, port: int, staff: str) -> None:
        self._port = port
        self._threads = threading.local()
        self._token = self.local("token", {"staff": staff})["token"]

    def signed_in_as(self, staff: str) -> "Client":
        """Another member at the same shop."""
        return Client(port=self._port, staff=staff)

    def local(self, page: str, body: Any = None) -> Any:
        """Ask the local host itself (`/_local/…`): a GET, or a POST with a body."""
        return self._accepted("GET" if body is None else "POST", f"/_local/{page}", body, {})

    def get(self, path: str, **query: str) -> Any:
        """The document at a path. Raises RefusedError."""
        return self._accepted("GET", f"{path}?{urlencode(query)}" if query else path, None, self._headers(None))

    def post(self, path: str, body: Any, *, key: str) -> Any:
        """Create something, once for the key. Raises RefusedError."""
        return self._accepted("POST", path, body, self._headers(key))

    def delete(self, path: str, *, version: int) -> None:
        """Delete what is at its version. Raises RefusedError."""
        self._accepted("DELETE", path, None, self._headers(None) | {"If-Match": str(version)})

    def close(self) -> None:
        """Let go of this thread's connection."""
        self._connection().close()

    def _headers(self, key: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", **({"Idempotency-Key": key} if key else {})}

    def _accepted(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        for attempt in range(_TRIES):
            answer = self._send(method, path, body, headers)
            if answer.status < http.HTTPStatus.BAD_REQUEST:
                return answer.document
            if answer.status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                break
            time.sleep(0.2 * 2**attempt)
        raise RefusedError(f"{method} {path}: {answer.status} {answer.document}")

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        text = None if body is None else json.dumps(body)
        connection = self._connection()
        try:
            connection.request(method, path, text, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, ConnectionError) as broken:
            connection.close()
            if isinstance(broken, ConnectionRefusedError):
                raise NotRunningError(
                    f"nothing answers at http://127.0.0.1:{self._port}; start it: make run"
                ) from broken
            return Answer(http.HTTPStatus.BAD_GATEWAY, str(broken))
        return Answer(answer.status, json.loads(content) if content else None)

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._threads, "connection"):
            self._threads.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_SECONDS)
        connection: http.client.HTTPConnection = self._threads.connection
        return connection
