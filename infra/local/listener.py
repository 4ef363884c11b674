"""A small threaded HTTP server on 127.0.0.1; the front door and the mail endpoint each are one."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import traceback
from collections.abc import Callable

from infra.local.http_errors import DisconnectedError, WireError
from infra.local.http_message import Request, Response, json_response
from infra.local.wire import Wire

Handler = Callable[[Request], Response]
Log = Callable[[str], None]

LOOPBACK = "127.0.0.1"
CONNECTIONS = 512  # more than a laptop has use for; beyond it somebody leaks, and threads are not free


class PortTakenError(Exception):
    """Another process listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is in use: stop what uses it, or choose another with PORT=<number>.")
        self.port = port


class Listener:
    """Serves `handle` on 127.0.0.1:`port` (0: any free port) with one thread per connection.

    `handle` may be called from many threads at once; what it raises is logged and answered with 500.
    """

    def __init__(self, port: int, handle: Handler, log: Log) -> None:
        self.port = port
        self._handle = handle
        self._log = log
        self._socket: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Binds and serves in background threads. Raises PortTakenError."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((LOOPBACK, self.port))
        except OSError as refused:
            listening.close()
            if refused.errno == errno.EADDRINUSE:
                raise PortTakenError(self.port) from refused
            raise
        listening.listen(128)
        self.port = listening.getsockname()[1]
        self._socket = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def stop(self) -> None:
        """Closes the port and all connections; calls that are under way end without an answer."""
        listening, self._socket = self._socket, None
        if listening is None:
            return
        with contextlib.suppress(OSError):  # wakes `accept` on Linux; macOS says ENOTCONN and wakes on close
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while self._socket is listening:
            try:
                connection, (peer, _) = listening.accept()
            except OSError:
                if self._socket is listening:
                    continue  # a peer that left while queueing, or a moment without file descriptors
                return
            if len(self._open) >= CONNECTIONS:
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection, peer), daemon=True).start()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        with self._lock:
            self._open.add(connection)
        wire = Wire(connection, peer)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._one(wire):
                pass
        except (DisconnectedError, OSError):
            pass  # the peer left: nobody to answer
        finally:
            with self._lock:
                self._open.discard(connection)
            wire.hang_up()

    def _one(self, wire: Wire) -> bool:
        try:
            request = wire.read()
        except WireError as refused:
            wire.write(refused.response, close=True)
            return False
        response = self._answer(request)
        wire.write(response, head_only=request.method == "HEAD", close=not request.keeps_alive)
        return request.keeps_alive

    def _answer(self, request: Request) -> Response:
        try:
            return self._handle(request)
        except Exception:  # noqa: BLE001  the border to the network: one broken request must not take the host down
            self._log(f"{request.method} {request.path} failed in the local host:\n{traceback.format_exc()}")
            return json_response(500, {"message": "Internal Server Error"})
