"""Lambda authorizers of an HTTP API: asked before a route is taken, with simple answers, which are kept for a while.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.authorizer import RefusedError
from infra.local.host_view import InvokeResult, LambdaAuthorizer
from infra.local.http_message import Response, json_response

KEPT = 1024
# Of the event of an integration these are no part of an authorizer's.
NOT_ASKED = frozenset({"body", "isBase64Encoded"})

Invoke = Callable[[str, Any], InvokeResult]


class Asking:
    """Asks authorizers and remembers what they say, by the value of their header; safe to use from many threads.

    Kept in real time, as at AWS, whatever the host's clock is moved by.
    """

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke
        self._known: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def authorize(self, asked: LambdaAuthorizer, event: Mapping[str, Any]) -> dict[str, Any]:
        """`requestContext.authorizer` of the event. Raises RefusedError: 401, 403; 500 where the authorizer fails."""
        value = event["headers"].get(asked.header)
        if not value:
            raise RefusedError(_refusal(401, "Unauthorized"))
        answer = self._remembered(asked, value)
        if answer is None:
            answer = self._answer(asked, value, event)
        if answer.get("isAuthorized") is not True:
            raise RefusedError(_refusal(403, "Forbidden"))
        return {"lambda": answer.get("context")}

    def _remembered(self, asked: LambdaAuthorizer, value: str) -> dict[str, Any] | None:
        with self._lock:
            until, answer = self._known.get((asked.function, value), (0.0, {}))
        return answer if time.monotonic() < until else None

    def _answer(self, asked: LambdaAuthorizer, value: str, event: Mapping[str, Any]) -> dict[str, Any]:
        question = {name: part for name, part in event.items() if name not in NOT_ASKED}
        result = self._invoke(asked.function, {**question, "type": "REQUEST", "identitySource": [value]})
        try:
            answer = json.loads(result.payload) if result.function_error is None else None
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or "isAuthorized" not in answer:
            raise RefusedError(_refusal(500, "Internal Server Error"))
        with self._lock:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[asked.function, value] = (time.monotonic() + asked.kept_seconds, answer)
        return answer


def _refusal(status: int, message: str) -> Response:
    return json_response(status, {"message": message})
