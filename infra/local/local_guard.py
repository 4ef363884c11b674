"""Who may use `/_local`: programs of this machine and the host's own pages, nobody else's."""

from __future__ import annotations

from urllib.parse import urlsplit

from infra.local.http_message import Request
from infra.local.problems import Problem


def refuse_strangers(request: Request, port: int, *, is_open: bool = False) -> None:
    """Raises Problem (403) for a foreign Host header, and, unless it is open, for what another origin's page asks for.

    A page of another origin may always look, since it cannot see the answer.
    """
    own = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
    host = (request.header("host") or "").lower()
    if host not in own and host not in ("127.0.0.1", "localhost"):
        detail = f"/_local is for this machine alone: open it as http://127.0.0.1:{port}/_local/."
        raise Problem(403, "Foreign host name", detail)
    origin, site = request.header("origin"), request.header("sec-fetch-site")
    foreign = origin is not None and urlsplit(origin).netloc.lower() not in own
    if not is_open and request.method not in ("GET", "HEAD") and (foreign or site in ("cross-site", "same-site")):
        detail = f"A page of another origin asked. Do it from http://127.0.0.1:{port}/_local/ or with curl."
        raise Problem(403, "Foreign origin", detail)
