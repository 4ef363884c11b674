"""Requests to the engine as the journal has them: which change something, and how they are kept and made again.

Part of `infra.local.engine_server`; runs only in the engine's environment.
"""

from __future__ import annotations

import json
import time
from typing import Any

from ministack import app

from infra.local import engine_state, journal
from infra.local.engine_messages import OWN_WRITES

READS = ("Get", "Query", "Scan", "BatchGet", "TransactGet", "Describe", "List")
LEFT_OUT_HEADERS = {"user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "accept-encoding", "connection"}


def action(scope: Any) -> str | None:
    """Name what a request does when that may change something, else None."""
    headers = dict(scope["headers"])
    target = headers.get(b"x-amz-target", b"").decode()
    if scope["path"].startswith("/_ministack") or target.startswith("DynamoDBStreams"):
        return None
    if target:
        action = target.rpartition(".")[2]
        return None if action.startswith(READS) else action
    return None if scope["method"] in {"GET", "HEAD", "OPTIONS"} else str(scope["method"])


def write_of(scope: Any, body: bytes, request: engine_state.Request, action: str) -> journal.Write:
    """A request that was answered, as it can be made again; `request`: what the engine drew for it."""
    if action == "ReceiveMessage":
        body = json.dumps({**json.loads(body), "WaitTimeSeconds": 0}).encode()
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    return journal.Write(
        at=time.time(),
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=[
            [name, str(len(body)) if name == "content-length" else value]
            for name, value in headers
            if name not in LEFT_OUT_HEADERS
        ],
        body=body,
        drawn=request.drawn,
    )


async def replay(write: journal.Write) -> None:
    """Make a kept request again, at the time of the first and with what was drawn then."""
    if write.path in OWN_WRITES:
        OWN_WRITES[write.path](write)
        return
    engine_state.CURRENT.set(engine_state.Request(given=list(write.drawn), at=write.at))
    scope = {
        "type": "http",
        "method": write.method,
        "path": write.path,
        "query_string": write.query.encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in write.headers],
        "client": ("127.0.0.1", 0),
        "scheme": "http",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": write.body, "more_body": False}

    async def ignore(_: Any) -> None:
        return

    await app.app(scope, receive, ignore)
    engine_state.CURRENT.set(None)
