"""An HTTP request as the event that an HTTP API hands to Lambda (payload format 2.0).

Shape: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
What the page leaves open follows captures of real events: absent parts are left out (not null), the path is
percent-decoded, the cookie header appears in `cookies` only, bodies are text for a few media types only.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from infra.local.http_message import Request
from infra.local.names import ACCOUNT
from infra.local.routing import Match, decoded

API_ID = "local"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TEXT = frozenset({"application/json", "application/xml", "application/javascript"})


def new_request_id() -> str:
    """An id of the form of API Gateway's `apigw-requestid`."""
    return base64.b64encode(secrets.token_bytes(11)).decode()


def proxy_event(
    request: Request,
    match: Match,
    *,
    request_id: str,
    now: datetime,
    port: int,
    variables: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The event for a matched request; `now` is the host's clock, `variables` are the stage's."""
    text, encoded = _body(request)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.key,
        "rawPath": decoded(request.path),
        "rawQueryString": request.query,
        "cookies": _cookies(request),
        "headers": _headers(request, port),
        "queryStringParameters": _query(request.query),
        "requestContext": _context(request, match, request_id, now),
        "pathParameters": match.parameters or None,
        "stageVariables": dict(variables) if variables else None,
        "body": text,
        "isBase64Encoded": encoded,
    }
    return {key: value for key, value in event.items() if value is not None}


def with_authorizer(event: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The event with what the route's authorizer has found of the caller."""
    context = dict(sorted({**event["requestContext"], "authorizer": found}.items()))
    return {**event, "requestContext": context}


def _context(request: Request, match: Match, request_id: str, now: datetime) -> dict[str, Any]:
    domain = (request.header("host") or "localhost").partition(":")[0]
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": decoded(request.path),
            "protocol": request.version,
            "sourceIp": request.peer,
            "userAgent": request.header("user-agent") or "",
        },
        "requestId": request_id,
        "routeKey": match.key,
        "stage": "$default",
        "time": f"{now.day:02}/{_MONTHS[now.month - 1]}/{now:%Y:%H:%M:%S} +0000",
        "timeEpoch": int(now.timestamp() * 1000),
    }


def _headers(request: Request, port: int) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in request.headers:
        if name != "cookie":
            joined[name] = f"{joined[name]},{value}" if name in joined else value
    came_through = joined.get("x-forwarded-for")
    joined["x-forwarded-for"] = f"{came_through}, {request.peer}" if came_through else request.peer
    joined["x-forwarded-port"] = str(port)
    joined["x-forwarded-proto"] = "http"
    joined.setdefault("content-length", str(len(request.body)))
    joined.setdefault("x-amzn-trace-id", f"Root=1-{secrets.token_hex(4)}-{secrets.token_hex(12)}")
    return dict(sorted(joined.items()))


def _cookies(request: Request) -> list[str] | None:
    cookies = request.header("cookie")
    return [part.strip() for part in cookies.split(";") if part.strip()] if cookies else None


def _query(query: str) -> dict[str, str] | None:
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined or None


def _body(request: Request) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    media = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if media.startswith("text/") or media in _TEXT:
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass  # what is not UTF-8 can only travel as base64
    return base64.b64encode(request.body).decode(), True
