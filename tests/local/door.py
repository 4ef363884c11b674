"""A running front door and a client that keeps one connection to it."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives import serialization

from infra.local.front_door import FrontDoor
from infra.local.tokens import KEY_FILE, Tokens
from tests.local.stand_in import StandInHost


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    all_headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """An HTTP client of one front door."""

    def __init__(self, host: StandInHost, port: int) -> None:
        self.host = host
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        self._connection.request(method, path, body, dict(headers or {}))
        answer = self._connection.getresponse()
        listed = [(name.lower(), value) for name, value in answer.getheaders()]
        return Answer(answer.status, dict(listed), listed, answer.read())

    def token(self, staff: str = "manager") -> dict[str, str]:
        """An Authorization header for a member of the demo staff."""
        token = self.ask("POST", "/_local/token", json.dumps({"staff": staff})).json["token"]
        return {"Authorization": f"Bearer {token}"}

    def raw(self, sent: bytes) -> bytes:
        """All that comes back over a new connection for some bytes, until the door closes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as sock:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := sock.recv(65536):
                received += chunk
            return received

    @property
    def event(self) -> Any:
        """The event of the last invocation."""
        return self.host.lambdas.calls[-1][1]

    def close(self) -> None:
        self._connection.close()


@cache
def _key() -> bytes:
    # Making a key takes longer than a test; one is enough for all.
    with TemporaryDirectory() as directory:
        Tokens(Path(directory), "https://issuer.local", ("crm",))
        return (Path(directory) / KEY_FILE).read_bytes()


_load = lru_cache(serialization.load_pem_private_key)


@contextmanager
def opened(host: StandInHost, **settings: Any) -> Iterator[Client]:
    """A front door on a free port, for the time of a `with`."""
    key = host.directory / KEY_FILE
    if not key.exists():
        key.write_bytes(_key())
    # Whether it is a good key is looked at when it is read; once is enough.
    with mock.patch.object(serialization, "load_pem_private_key", _load):
        door = FrontDoor(host, **settings)
    door.start()
    client = Client(host, door.port)
    try:
        yield client
    finally:
        client.close()
        door.stop()
