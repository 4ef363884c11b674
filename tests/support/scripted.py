"""A service of AWS that answers, over kept connections, what a test has written down for it: one thing per request."""

from __future__ import annotations

import json
import threading
from binascii import crc32
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LATEST_SECONDS = 30


@dataclass(frozen=True)
class Said:
    """An answer: by its `way` plain, chunked, cut off, with another checksum, as the last of its connection; or none.

    `lost`: the connection is closed without one; `late`: it comes when nobody waits for it any more.
    """

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    way: str = "plain"


def refusal(code: str, status: int = 400, **more: Any) -> Said:
    """An error of DynamoDB's."""
    return Said(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **more})


@dataclass
class Scripted:
    """Where it is, and which requests came: headers and body."""

    url: str
    requests: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    connections: int = 0


@contextmanager
def scripted(script: Sequence[Said]) -> Iterator[Scripted]:
    """The last of the script answers all further requests."""
    lines, found = list(script), Scripted("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            found.connections += 1

        def do_POST(self) -> None:
            told = self.rfile.read(int(self.headers["content-length"]))
            found.requests.append(({name.lower(): value for name, value in self.headers.items()}, json.loads(told)))
            _answer(self, lines.pop(0) if len(lines) > 1 else lines[0], ends)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    ends = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield found
    finally:
        ends.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, said: Said, ends: threading.Event) -> None:
    handler.close_connection = said.way != "plain"
    if said.way == "lost":
        return
    if said.way == "late":
        ends.wait(_LATEST_SECONDS)
        return
    body = json.dumps(said.body).encode()
    handler.send_response(said.status)
    handler.send_header("x-amzn-requestid", "scripted")
    handler.send_header("x-amz-crc32", str(crc32(body) + (said.way == "checksum")))
    if said.way == "chunked":
        handler.send_header("transfer-encoding", "chunked")
        body = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    else:
        handler.send_header("content-length", str(len(body) + (said.way == "cut")))
    if said.way == "last":
        handler.send_header("connection", "close")
    handler.end_headers()
    handler.wfile.write(body)
