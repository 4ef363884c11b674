"""Calls the engine in the wire's own JSON, which is also the form that Lambda puts into events."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from infra.local import names

STREAMS = "DynamoDBStreams_20120810"
TABLES = "DynamoDB_20120810"
QUEUES = "AmazonSQS"
# The engine reads account and region from here; nobody checks the signature.
AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential=local/20260101/{names.REGION}/{{}}/aws4_request, SignedHeaders=host, Signature=0"
)
SERVICES = {STREAMS: "dynamodb", TABLES: "dynamodb", QUEUES: "sqs"}
# A killed engine is back after it has replayed its journal.
ENGINE_BACK_SECONDS = 60.0


class EngineCallError(Exception):
    """The engine refused a call; `code` is the AWS error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class EngineAwayError(Exception):
    """The engine did not come back in time."""


class EngineClient:
    """Safe to use from any thread: each call has a connection of its own. Waits for an engine that is restarted."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._free: list[http.client.HTTPConnection] = []
        self._closed = False

    def call(self, api: str, action: str, **arguments: Any) -> dict[str, Any]:
        """Call e.g. `(QUEUES, "ReceiveMessage", QueueUrl=…)`. Raises EngineCallError, EngineAwayError."""
        headers = {
            "X-Amz-Target": f"{api}.{action}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": AUTHORIZATION.format(SERVICES[api]),
        }
        status, answer = self._request("POST", "/", json.dumps(arguments).encode(), headers, ENGINE_BACK_SECONDS)
        if status >= 300:
            raise EngineCallError(str(answer.get("__type", status)).rpartition("#")[2], str(answer.get("message", "")))
        return answer

    def ask(self, path: str, *, patience: float = ENGINE_BACK_SECONDS) -> dict[str, Any]:
        """GET one of the engine launcher's own paths. Raises EngineAwayError after `patience` seconds."""
        return self._request("GET", path, b"", {}, patience)[1]

    def close(self) -> None:
        """Close what is not in use; calls that still run close theirs."""
        self._closed = True
        while self._free:
            self._free.pop().close()

    def _request(
        self, method: str, path: str, body: bytes, headers: dict[str, str], patience: float
    ) -> tuple[int, dict[str, Any]]:
        limit = time.monotonic() + patience
        while True:
            connection = self._connection()
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if self._closed or time.monotonic() > limit:
                    raise EngineAwayError(f"the engine does not answer: {error}") from error
                time.sleep(0.05)
            else:
                self._keep(connection)
                return answer.status, json.loads(content or b"{}")

    def _connection(self) -> http.client.HTTPConnection:
        try:
            return self._free.pop()
        except IndexError:
            return http.client.HTTPConnection(*self._address, timeout=60)

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        if self._closed:
            connection.close()
        else:
            self._free.append(connection)
