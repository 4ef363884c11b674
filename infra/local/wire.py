"""HTTP/1.1 on a socket: requests in, responses out, with limits, and an answer for whatever is malformed."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

HEAD_BYTES = 64 * 1024  # what is read at all; what an HTTP API accepts is less, see front_door
BODY_BYTES = 10 * 1024 * 1024  # API Gateway's limit
IDLE_SECONDS = 75.0
HEAD_SECONDS = 10.0
BODY_SECONDS = 60.0
LINGER_SECONDS = 2.0

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(rb"[\x21-\x7e]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """One request; header names are lower case, `path` and `query` are as sent (percent-encoded)."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes = b""
    peer: str = "127.0.0.1"
    version: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """All values of a header joined by commas, or None."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else None

    @property
    def keeps_alive(self) -> bool:
        wish = (self.header("connection") or "").lower()
        return "close" not in wish if self.version == "HTTP/1.1" else "keep-alive" in wish


@dataclass(frozen=True)
class Response:
    """One response; content-length and connection are added when it is written."""

    status: int
    headers: Headers = ()
    body: bytes = b""


def json_response(status: int, content: Any, headers: Headers = (), media: str = "application/json") -> Response:
    """A response with a JSON body in UTF-8."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status, (("content-type", media), *headers), body)


class WireError(Exception):
    """A request that is answered without reaching anybody; the connection is closed after it."""

    status = 400
    message = "Bad Request"

    @property
    def response(self) -> Response:
        return json_response(self.status, {"message": self.message})


class MalformedError(WireError):
    """Not HTTP/1.1, or ambiguous in a way that hides a second request in the first."""


class TooSlowError(WireError):
    status, message = 408, "Request Timeout"


class BodyTooLargeError(WireError):
    status, message = 413, "Request Entity Too Large"


class ExpectationError(WireError):
    status, message = 417, "Expectation Failed"


class HeadTooLargeError(WireError):
    status, message = 431, "Request Header Fields Too Large"


class UnknownCodingError(WireError):
    status, message = 501, "Not Implemented"


class DisconnectedError(Exception):
    """The peer went away; nobody is there to be answered."""


@dataclass
class Wire:
    """One connection: reads requests one after the other (pipelined ones wait), writes responses."""

    sock: socket.socket
    peer: str
    _buffer: bytearray = field(default_factory=bytearray)

    def read(self) -> Request:
        """The next request. Raises WireError (answer it, then close) or DisconnectedError."""
        if not self._buffer:
            try:
                self._fill(time.monotonic() + IDLE_SECONDS)
            except TooSlowError as idle:
                raise DisconnectedError from idle
        head = self._head(time.monotonic() + HEAD_SECONDS)
        method, target, version, headers = _parse_head(head)
        path, query = _split_target(target)
        request = Request(method, path, query, headers, b"", self.peer, version)
        body = self._body(request, time.monotonic() + BODY_SECONDS)
        return Request(method, path, query, headers, body, self.peer, version) if body else request

    def write(self, response: Response, *, head_only: bool = False, close: bool = False) -> None:
        """Sends a response in one piece. Raises OSError when the peer is gone or does not read."""
        self.sock.settimeout(BODY_SECONDS)
        self.sock.sendall(_render(response, head_only=head_only, close=close))

    def hang_up(self) -> None:
        """Closes so that the peer still gets the last answer: unread input would make the kernel reset it."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
            deadline = time.monotonic() + LINGER_SECONDS
            while (remaining := deadline - time.monotonic()) > 0:
                self.sock.settimeout(remaining)
                if not self.sock.recv(65536):
                    break
        except OSError:
            return  # already gone: that is what we wanted
        finally:
            self.sock.close()

    def _fill(self, deadline: float) -> None:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TooSlowError
        self.sock.settimeout(remaining)
        try:
            chunk = self.sock.recv(65536)
        except TimeoutError as slow:
            raise TooSlowError from slow
        except OSError as gone:
            raise DisconnectedError from gone
        if not chunk:
            raise DisconnectedError
        self._buffer += chunk

    def _until(self, mark: bytes, limit: int, deadline: float, error: type[WireError]) -> bytes:
        searched = 0
        while (end := self._buffer.find(mark, searched)) < 0:
            if len(self._buffer) > limit:
                raise error()
            searched = max(0, len(self._buffer) - len(mark) + 1)
            self._fill(deadline)
        taken = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return taken

    def _exactly(self, count: int, deadline: float) -> bytes:
        while len(self._buffer) < count:
            self._fill(deadline)
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _head(self, deadline: float) -> bytes:
        while self._buffer[:2] == b"\r\n":  # RFC 9112 2.2: an empty line before a request is to be ignored
            del self._buffer[:2]
        return self._until(b"\r\n\r\n", HEAD_BYTES, deadline, HeadTooLargeError)

    def _body(self, request: Request, deadline: float) -> bytes:
        coding, length = request.header("transfer-encoding"), request.header("content-length")
        if coding is not None and length is not None:
            raise MalformedError  # request smuggling
        if coding is not None and coding.strip().lower() != "chunked":
            raise UnknownCodingError
        size = _content_length(length) if length is not None else 0
        self._meet_expectation(request, promised=coding is not None or size > 0)
        return self._chunks(deadline) if coding is not None else self._exactly(size, deadline)

    def _meet_expectation(self, request: Request, *, promised: bool) -> None:
        expectation = request.header("expect")
        if expectation is None:
            return
        if expectation.lower() != "100-continue":
            raise ExpectationError
        if promised and not self._buffer:
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _chunks(self, deadline: float) -> bytes:
        body = bytearray()
        while size := _chunk_size(self._until(b"\r\n", 1024, deadline, MalformedError)):
            if len(body) + size > BODY_BYTES:
                raise BodyTooLargeError
            body += self._exactly(size, deadline)
            if self._exactly(2, deadline) != b"\r\n":
                raise MalformedError
        while self._until(b"\r\n", HEAD_BYTES, deadline, HeadTooLargeError):
            pass  # trailers are read and dropped, as API Gateway does
        return bytes(body)


def _parse_head(head: bytes) -> tuple[str, str, str, Headers]:
    first, *lines = head.split(b"\r\n")
    parts = first.split(b" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]) or not _TARGET.fullmatch(parts[1]):
        raise MalformedError
    if parts[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise MalformedError
    return parts[0].decode(), parts[1].decode(), parts[2].decode(), tuple(map(_parse_header, lines))


def _parse_header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise MalformedError
    stripped = value.strip(b" \t")
    try:
        return name.decode().lower(), stripped.decode()
    except UnicodeDecodeError:
        return name.decode().lower(), stripped.decode("latin-1")


def _split_target(target: str) -> tuple[str, str]:
    if target.startswith(("http://", "https://")):
        target = "/" + target.partition("://")[2].partition("/")[2]
    if not target.startswith("/"):
        raise MalformedError
    path, _, query = target.partition("#")[0].partition("?")
    return path, query


def _content_length(text: str) -> int:
    sizes = {part.strip() for part in text.split(",")}  # a repeated header joined by commas; all must agree
    first = sizes.pop()
    if sizes or not re.fullmatch(r"[0-9]{1,18}", first):
        raise MalformedError
    size = int(first)
    if size > BODY_BYTES:
        raise BodyTooLargeError
    return size


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits):
        raise MalformedError
    return int(digits, 16)


def _render(response: Response, *, head_only: bool, close: bool) -> bytes:
    bodiless = response.status in (204, 304)
    lines = [f"HTTP/1.1 {response.status} {_reason(response.status)}"]
    lines += _header_lines(response.headers)
    if not bodiless:
        lines.append(f"content-length: {len(response.body)}")
    lines.append(f"connection: {'close' if close else 'keep-alive'}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")
    return head if bodiless or head_only else head + response.body


def _header_lines(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
