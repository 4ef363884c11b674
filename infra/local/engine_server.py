"""Runs the local engine (ministack) with a journal, inside the engine's own environment.

    .venv/engine/bin/python -m infra.local.engine_server --port 4566 --state .local/engine

The engine by itself keeps its state only when it is stopped cleanly, and forgets its streams even then. Here
every write is journalled before it is answered; a start loads the last saved state and replays the journal,
under the times and the random ids of the first run, so that queue receipts and stream positions stay valid.
`GET /_engine/pending?seen=<writes>&wait=<seconds>` says what waits in queues and streams, at once or
after the next write. `GET /_engine/release` makes messages visible that a dead consumer had in hand;
`GET /_engine/passed?seconds=<n>` lets so much time pass for the messages that are to come later.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.utils import LifespanFailureError
from ministack import app

from infra.local import engine_messages, engine_requests, engine_speed, engine_state, journal

SAVE_AFTER_REPLAYING = 2_000
LONGEST_REPLAY_SECONDS = 600
PR_SET_PDEATHSIG = 1
PENDING = "/_engine/pending"


class Engine:
    """ministack's ASGI application with the journal around it."""

    def __init__(self, store: engine_state.Store) -> None:
        self._store = store
        self._writes = 0
        self._written = asyncio.Event()
        self._closing = False

    def close(self) -> None:
        """Answer whoever waits for a write: the server ends only when all requests have."""
        self._closing = True
        self._written.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await app.app(scope, receive, self._starting(send))
        elif scope["type"] == "http" and scope["path"] == PENDING:
            await self._answer_pending(scope, send)
        elif scope["type"] == "http" and scope["path"] in engine_messages.OWN_WRITES:
            await self._write_own(scope, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    def _starting(self, send: Any) -> Any:
        async def after_startup(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                try:
                    await self._restore()
                except Exception as error:
                    # Only told so does the server end; else it would go on with half of the state, and save that.
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
            await send(message)

        return after_startup

    async def _restore(self) -> None:
        self._store.load()
        count = 0
        for write in self._store.writes():
            await engine_requests.replay(write)
            count += 1
        if count > SAVE_AFTER_REPLAYING:
            self._store.save()

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        action = engine_requests.action(scope)
        if action is None:
            await app.app(scope, receive, send)
            return
        body: list[bytes] = []
        request = engine_state.Request()
        engine_state.CURRENT.set(request)

        async def collect() -> Any:
            message = await receive()
            body.append(message.get("body", b""))
            return message

        starting: list[Any] = []

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                starting.append(message)
                return
            if starting:
                start = starting.pop()
                if start["status"] < 300 and not (action == "ReceiveMessage" and b'"Messages"' not in message["body"]):
                    self._record(scope, b"".join(body), request, action)
                await send(start)
            await send(message)

        await app.app(scope, collect, answer)

    def _record(self, scope: Any, body: bytes, request: engine_state.Request, action: str) -> None:
        self._append(engine_requests.write_of(scope, body, request, action))

    def _append(self, write: journal.Write) -> None:
        self._store.append(write)
        self._writes += 1
        self._written.set()
        self._written = asyncio.Event()

    async def _write_own(self, scope: Any, send: Any) -> None:
        write = engine_requests.write_of(scope, b"", engine_state.Request(), "GET")
        engine_messages.OWN_WRITES[write.path](write)
        self._append(write)
        await _answer(send, {})

    async def _answer_pending(self, scope: Any, send: Any) -> None:
        query = parse_qs(scope["query_string"].decode())
        if int(query.get("seen", ["-1"])[0]) == self._writes and not self._closing:
            with contextlib.suppress(TimeoutError):
                patience = float(query.get("wait", ["0"])[0])
                await asyncio.wait_for(self._written.wait(), min([patience, *engine_messages.later()]))
        await _answer(send, {"writes": self._writes, **engine_messages.pending()})


async def _answer(send: Any, answer: dict[str, Any]) -> None:
    payload = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(payload)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": payload})


def _die_with(parent: int) -> None:
    """Ask Linux for SIGTERM when the host dies, so that the state is saved and nothing is left running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if parent and os.getppid() != parent:
            raise SystemExit("the host that started this engine is gone")


async def _run(port: int, store: engine_state.Store) -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 600
    config.loglevel = "WARNING"
    config.graceful_timeout = 2
    config.startup_timeout = LONGEST_REPLAY_SECONDS
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = Engine(store)

    async def told_to_stop() -> None:
        await stop.wait()
        engine.close()

    await serve(engine, config, shutdown_trigger=told_to_stop)


def main() -> None:
    """Serve until SIGTERM, then save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--save-after", type=int, default=50_000)
    parser.add_argument("--parent", type=int, default=0)
    arguments = parser.parse_args()
    _die_with(arguments.parent)
    store = engine_state.Store(arguments.state, arguments.save_after)
    store.lock()
    engine_state.prepare()
    engine_speed.prepare()
    try:
        asyncio.run(_run(arguments.port, store))
    except LifespanFailureError as failed:
        raise SystemExit(str(failed.__context__ or failed)) from failed
    store.save()


if __name__ == "__main__":
    main()
