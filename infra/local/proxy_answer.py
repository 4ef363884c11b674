"""What a function returned, as the HTTP response that an HTTP API makes of it (payload format 2.0)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from infra.local.http_message import Headers, Response, json_response

PAYLOAD_BYTES = 6 * 1024 * 1024  # Lambda's limit for a synchronous invocation, both ways

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
# These belong to the connection between gateway and client; API Gateway sets them itself.
_CONNECTION = frozenset(["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"])


class InvalidAnswerError(Exception):
    """The function's answer is not one that an HTTP API understands."""


def internal_error() -> Response:
    return json_response(500, {"message": "Internal Server Error"})


def proxy_answer(payload: bytes) -> Response:
    """The response for a function's payload. Raises InvalidAnswerError, saying what is wrong with it.

    Without `statusCode` the whole payload is the body of a 200 of type application/json.
    """
    if len(payload) > PAYLOAD_BYTES:
        raise InvalidAnswerError(f"{len(payload)} bytes, more than Lambda's {PAYLOAD_BYTES}")
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise InvalidAnswerError(f"no JSON: {error}") from error
    if isinstance(answer, dict) and "statusCode" in answer:
        return _explicit(answer)
    body = answer.encode("utf-8", "replace") if isinstance(answer, str) else payload
    return Response(200, (("content-type", "application/json"),), body)


def _explicit(answer: dict[str, Any]) -> Response:
    headers = _headers(answer.get("headers"))
    if not any(name == "content-type" for name, _ in headers):
        headers = (("content-type", "text/plain;charset=UTF-8"), *headers)
    return Response(_status(answer["statusCode"]), headers + _cookies(answer.get("cookies")), _body(answer))


def _status(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{3}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 200 <= value <= 599:
        raise InvalidAnswerError(f"statusCode {value!r}")
    return value


def _headers(value: Any) -> Headers:
    if value is None:
        return ()
    if not isinstance(value, dict):
        raise InvalidAnswerError("headers is no object")
    made = ((name.lower(), _text(name, content)) for name, content in value.items() if content is not None)
    return tuple((name, content) for name, content in made if name not in _CONNECTION)


def _text(name: str, content: Any) -> str:
    if isinstance(content, bool | int | float):
        content = json.dumps(content)
    if not _NAME.fullmatch(name) or not isinstance(content, str) or not _VALUE.fullmatch(content):
        raise InvalidAnswerError(f"header {name!r}")
    return content


def _cookies(value: Any) -> Headers:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidAnswerError("cookies is no list")
    return tuple(("set-cookie", _text("set-cookie", cookie)) for cookie in value)


def _body(answer: dict[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise InvalidAnswerError("body is no string")
    if answer.get("isBase64Encoded") is not True:
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidAnswerError("body is no base64") from error
