"""HTTP/1.1 on a socket: requests in, responses out, with limits, and an answer for whatever is malformed."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field

from infra.local.http_errors import (
    BodyTooLargeError,
    DisconnectedError,
    ExpectationError,
    HeadTooLargeError,
    MalformedError,
    TooSlowError,
    UnknownCodingError,
    WireError,
)
from infra.local.http_message import Request, Response
from infra.local.http_syntax import BODY_BYTES, chunk_size, content_length, parse_head, render, split_target

HEAD_BYTES = 64 * 1024  # what is read at all; what an HTTP API accepts is less, see front_door
IDLE_SECONDS = 75.0
HEAD_SECONDS = 10.0
BODY_SECONDS = 60.0
LINGER_SECONDS = 2.0


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
        method, target, version, headers = parse_head(head)
        path, query = split_target(target)
        request = Request(method, path, query, headers, b"", self.peer, version)
        body = self._body(request, time.monotonic() + BODY_SECONDS)
        return Request(method, path, query, headers, body, self.peer, version) if body else request

    def write(self, response: Response, *, head_only: bool = False, close: bool = False) -> None:
        """Sends a response in one piece. Raises OSError when the peer is gone or does not read."""
        self.sock.settimeout(BODY_SECONDS)
        self.sock.sendall(render(response, head_only=head_only, close=close))

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
        size = content_length(length) if length is not None else 0
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
        while size := chunk_size(self._until(b"\r\n", 1024, deadline, MalformedError)):
            if len(body) + size > BODY_BYTES:
                raise BodyTooLargeError
            body += self._exactly(size, deadline)
            if self._exactly(2, deadline) != b"\r\n":
                raise MalformedError
        while self._until(b"\r\n", HEAD_BYTES, deadline, HeadTooLargeError):
            pass  # trailers are read and dropped, as API Gateway does
        return bytes(body)
