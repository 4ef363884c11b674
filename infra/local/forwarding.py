"""Hands a request on to the engine as it is."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from infra.local.http_message import Headers, Request, Response

ENGINE_SECONDS = 30.0
# The host starts a dead engine again; a refused connection has sent nothing, so trying again is safe.
RESTART_SECONDS = 5.0

_CONNECTION = frozenset({"connection", "content-length", "expect", "host", "keep-alive", "transfer-encoding"})


def forward(engine_url: str, request: Request) -> Response:
    """The engine's answer to a request. Raises OSError when the engine cannot be asked or breaks off."""
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = {name: value for name, value in request.headers if name not in _CONNECTION}
    connection = _connect(engine_url)
    try:
        connection.request(request.method, target, request.body, headers)
        answer = connection.getresponse()
        kept: Headers = tuple((k.lower(), v) for k, v in answer.getheaders() if k.lower() not in _CONNECTION)
        return Response(answer.status, kept, answer.read())
    except http.client.HTTPException as broken:
        raise ConnectionError(str(broken)) from broken
    finally:
        connection.close()


def _connect(engine_url: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(urlsplit(engine_url).netloc, timeout=ENGINE_SECONDS)
    limit = time.monotonic() + RESTART_SECONDS
    while True:
        try:
            connection.connect()
        except ConnectionRefusedError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.1)
        else:
            return connection
