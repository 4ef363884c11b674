"""Requests and responses of HTTP, as the local host's servers pass them around."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

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
