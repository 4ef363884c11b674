"""One process of one function: Lambda's Runtime API, served to the real runtime client over a socket of its own.

The thread that invokes serves the process itself: it answers the waiting `next` with the event and reads what comes
back. No server thread stands between them, so a warm call costs well under a millisecond.
"""

from __future__ import annotations

import json
import selectors
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import responses
from pathlib import Path
from typing import Any

from infra.local import names
from infra.local.stack import Function

INIT_LIMIT_SECONDS = 60.0
LARGEST_ANSWER = 6_291_556
NEXT = "/2018-06-01/runtime/invocation/next"
INIT_ERROR = "/2018-06-01/runtime/init/error"
# The function's process dies with the host, whatever kills that. Then it becomes Lambda's own runtime client.
BOOT = """
import os, signal, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != {parent}: sys.exit(1)
import runpy
runpy.run_module("awslambdaric", run_name="__main__")
"""


@dataclass(frozen=True, kw_only=True)
class InvokeResult:
    """What Lambda's Invoke answers: the payload and, when the function failed, `function_error` ("Unhandled")."""

    payload: bytes
    function_error: str | None = None


class SandboxGoneError(Exception):
    """The process ended before it was given the event: another one may take it."""


class Connection:
    """One HTTP/1.1 connection from the process; bodies come with a length."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connected
        self._received = b""

    def read(self, deadline: float) -> tuple[str, str, dict[str, str], bytes] | None:
        """Read a request (method, path, headers in lower case, body); None when the peer has closed."""
        while (end := self._received.find(b"\r\n\r\n")) < 0:
            if not self._more(deadline):
                return None
        lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        size = end + 4 + int(headers.get("content-length", "0"))
        if headers.get("expect"):
            self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(self._received) < size:
            if not self._more(deadline):
                return None
        body, self._received = self._received[end + 4 : size], self._received[size:]
        method, path, _ = lines[0].split(" ")
        return method, path, headers, body

    def _more(self, deadline: float) -> bool:
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            chunk = self.socket.recv(1 << 18)
        except ConnectionError:
            return False
        self._received += chunk
        return bool(chunk)

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send an answer. Raises ConnectionError when the peer is gone."""
        lines = [f"HTTP/1.1 {status} {responses[status]}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.settimeout(None)
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


class Sandbox:
    """One process; serves one call at a time. `spawn` starts it (from a thread that outlives it)."""

    def __init__(
        self,
        function: Function,
        *,
        python: Path,
        code: Path,
        environment: Mapping[str, str],
        parent: int,
        spawn: Callable[..., subprocess.Popen[bytes]],
    ) -> None:
        self.function = function
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=8)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._connections: list[Connection] = []
        self._waiting: Connection | None = None
        self.idle_since = time.monotonic()
        address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.process = spawn(
            [str(python), "-c", BOOT.format(parent=parent), function.handler],
            cwd=code,
            env={**environment, "AWS_LAMBDA_RUNTIME_API": address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )

    def invoke(self, event: bytes) -> InvokeResult:
        """Hand over the event and return the answer. Raises SandboxGoneError if it was never handed over.

        A process that did not answer (time-out, crash, failed start) has ended afterwards: `alive` tells.
        """
        failed = self._start()
        if failed:
            return failed
        request = str(uuid.uuid4())
        self._hand_over(request, event)
        try:
            return self._result(request, time.monotonic() + self.function.timeout)
        except TimeoutError:
            self.kill()
            text = f"RequestId: {request} Error: Task timed out after {self.function.timeout:.2f} seconds"
            return failure("Sandbox.Timedout", text)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End the process and free its sockets."""
        self.process.kill()
        self.process.wait()
        for connection in self._connections:
            connection.socket.close()
        self._connections.clear()
        self._listener.close()
        self._selector.close()

    def _start(self) -> InvokeResult | None:
        if self._waiting:
            return None
        try:
            request = self._request(time.monotonic() + INIT_LIMIT_SECONDS)
        except TimeoutError:
            self.kill()
            return failure("Sandbox.Timedout", f"Init timed out after {INIT_LIMIT_SECONDS:.2f} seconds")
        if request is None:
            ended = self._ended()
            if ended == "signal: killed":
                raise SandboxGoneError(f"{self.function.logical_id}: the process was killed")
            return failure("Runtime.ExitError", f"Error: Runtime exited with error: {ended}")
        connection, path, body = request
        if path == NEXT:
            self._waiting = connection
            return None
        connection.answer(202, {}, b"{}")
        self.kill()
        return InvokeResult(payload=body, function_error="Unhandled")

    def _hand_over(self, request: str, event: bytes) -> None:
        connection, self._waiting = self._waiting, None
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.function.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": names.ARNS["AWS::Lambda::Function"].format(self.function.logical_id),
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
        }
        try:
            if connection is None or self._closed(connection):
                raise SandboxGoneError(f"{self.function.logical_id}: the process is gone")
            connection.answer(200, headers, event)
        except OSError as error:
            raise SandboxGoneError(f"{self.function.logical_id}: the process is gone") from error

    def _result(self, request: str, deadline: float) -> InvokeResult:
        answered = self._request(deadline)
        if answered is None:
            text = f"RequestId: {request} Error: Runtime exited with error: {self._ended()}"
            return failure("Runtime.ExitError", text)
        connection, path, body = answered
        connection.answer(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')
        if path.endswith("/error"):
            return InvokeResult(payload=body, function_error="Unhandled")
        if len(body) > LARGEST_ANSWER:
            return failure(
                "Function.ResponseSizeTooLarge",
                f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes).",
            )
        return InvokeResult(payload=body)

    def _request(self, deadline: float) -> tuple[Connection, str, bytes] | None:
        """Return the next request on any connection; None when the process has ended. Raises TimeoutError."""
        while True:
            ready = self._selector.select(min(0.2, max(deadline - time.monotonic(), 0)))
            for key, _ in ready:
                if key.data is None:
                    self._accept()
                elif (request := key.data.read(deadline)) is not None:
                    return key.data, request[1], request[3]
                else:
                    self._drop(key.data)
            if not ready and not self.alive:
                return None
            if time.monotonic() > deadline:
                raise TimeoutError

    def _accept(self) -> None:
        connection = Connection(self._listener.accept()[0])
        self._connections.append(connection)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def _drop(self, connection: Connection) -> None:
        self._connections.remove(connection)
        self._selector.unregister(connection.socket)
        connection.socket.close()

    def _closed(self, connection: Connection) -> bool:
        connection.socket.settimeout(0)
        try:
            return not connection.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False

    def _ended(self) -> str:
        code = self.process.wait()
        self.kill()
        if code >= 0:
            return f"exit status {code}"
        return "signal: killed" if -code == signal.SIGKILL else f"signal: {signal.Signals(-code).name}"


def failure(kind: str, text: str) -> InvokeResult:
    """Return the answer that Lambda gives when the runtime has none."""
    payload: dict[str, Any] = {"errorType": kind, "errorMessage": text}
    return InvokeResult(payload=json.dumps(payload).encode(), function_error="Unhandled")
