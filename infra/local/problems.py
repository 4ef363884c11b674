"""Errors of the local host's own pages, as problem documents (RFC 9457)."""

from __future__ import annotations

from infra.local.http_message import Headers, Response, json_response


class Problem(Exception):
    """What went wrong and what to do about it; becomes the response."""

    def __init__(self, status: int, title: str, detail: str, headers: Headers = ()) -> None:
        super().__init__(detail)
        content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        self.response: Response = json_response(status, content, headers, media="application/problem+json")
