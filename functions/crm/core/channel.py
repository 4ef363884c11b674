"""A POST to one address over connections that are kept: as much of HTTP/1.1 as the answers of AWS's JSON services need.

Whatever is not plain here ends in an error, and the caller asks in another way. The standard library's client takes
four times the CPU, half of it for the headers of answers.
"""

import select
import socket
import ssl
import weakref
from collections import deque
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.httpsession import get_cert_path

_CHUNK = 65536
_LARGEST_HEAD = 65536
_MOST_IDLE = 10
_END_OF_HEAD = b"\r\n\r\n"
_VERSION = "HTTP/1.1 "


class Unconnected(Exception):
    """No connection came about; `cause` says why. Nothing was sent."""


class Broken(Exception):
    """A connection broke, or what came over it is no answer that is understood here. It may have been acted on."""


class Answer(NamedTuple):
    """`headers` by their names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Channel:
    """Connections to one address."""

    def __init__(self, url: str, *, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(url)
        self._name, self._is_secret = parts.hostname or "", parts.scheme == "https"
        # In bytes: to look for an international name Python loads tables of all letters. The stubs know of text alone.
        self._host: Any = self._name.encode()
        self._port = parts.port or (443 if self._is_secret else 80)
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._context: ssl.SSLContext | None = None
        self._idle: deque[socket.socket] = deque()
        weakref.finalize(self, _close, self._idle)

    def post(self, headers: dict[str, str], body: bytes) -> Answer:
        """Post to the root. Raises Unconnected, Broken, TimeoutError (no answer in time)."""
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"POST / HTTP/1.1\r\n{told}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body
        connection = self._connection()
        try:
            connection.sendall(request)
            answer = _received(connection)
        except TimeoutError:
            connection.close()
            raise
        except (OSError, ValueError) as error:
            connection.close()
            raise Broken(str(error)) from error
        except BaseException:
            # Whatever ends it in between leaves half an answer in the connection.
            connection.close()
            raise
        if answer.headers.get("connection", "").lower() == "close" or len(self._idle) >= _MOST_IDLE:
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def _connection(self) -> socket.socket:
        """One that is idle and still whole, else a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                # Another thread was faster.
                break
            if not _is_spent(connection):
                return connection
            connection.close()
        return self._new()

    def _new(self) -> socket.socket:
        try:
            plain = socket.create_connection((self._host, self._port), timeout=self._connect_seconds)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found = self._secured(plain) if self._is_secret else plain
        except OSError as error:
            raise Unconnected(str(error)) from error
        found.settimeout(self._read_seconds)
        return found

    def _secured(self, plain: socket.socket) -> socket.socket:
        # Those that botocore trusts. Two threads may make one each; either is as good.
        self._context = self._context or ssl.create_default_context(cafile=get_cert_path(True))
        try:
            return self._context.wrap_socket(plain, server_hostname=self._name)
        except BaseException:
            plain.close()
            raise


def _close(connections: deque[socket.socket]) -> None:
    for one in connections:
        one.close()


def _is_spent(connection: socket.socket) -> bool:
    """Whether a connection that should be silent has something to say: as a rule, that it was closed over there."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _received(connection: socket.socket) -> Answer:
    """Raises ValueError for what is no whole answer of a known length."""
    received = b""
    while (end := received.find(_END_OF_HEAD)) < 0:
        if len(received) > _LARGEST_HEAD:
            raise ValueError("the answer has no end of its head")
        received += _more(connection)
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not first.startswith(_VERSION) or "transfer-encoding" in headers:
        raise ValueError("the answer is in a form that is not read here")
    missing = int(headers["content-length"]) - len(received) + end + len(_END_OF_HEAD) if _has_length(headers) else -1
    parts = [received[end + len(_END_OF_HEAD) :]]
    while missing > 0:
        parts.append(_more(connection))
        missing -= len(parts[-1])
    if missing < 0:
        raise ValueError("the answer is of another length than it says")
    return Answer(int(first[len(_VERSION) :][:3]), headers, b"".join(parts))


def _has_length(headers: dict[str, str]) -> bool:
    return headers.get("content-length", "").isdecimal()


def _more(connection: socket.socket) -> bytes:
    some = connection.recv(_CHUNK)
    if not some:
        raise ValueError("the connection was closed before the answer was whole")
    return some
