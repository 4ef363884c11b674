"""The staff API in process as API Gateway stands before it: the template's routes and authorizers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse

from crm.core import clock
from handlers import api, key_authorizer
from infra.local import stack
from infra.local.asking import Asking
from infra.local.authorizer import JwtAuthorizer, RefusedError
from infra.local.http_message import Request, Response, json_response
from infra.local.people import Person
from infra.local.proxy_answer import proxy_answer
from infra.local.proxy_event import proxy_event, with_authorizer
from infra.local.routing import Match, Routes
from infra.local.stack import Stack
from infra.local.tokens import Tokens
from tests.support import unwritten
from tests.support.template import ROOT
from tests.support.world import Context

MACHINE = "/machine"
HOST = "crm.example"
PORT = 443


@dataclass(frozen=True)
class Invoked:
    """What a function answered its invoker."""

    payload: bytes
    function_error: str | None = None


@lru_cache(maxsize=1)
def template() -> Stack:
    """The stack as it is deployed."""
    return stack.load(ROOT / "template.yaml", endpoint="http://127.0.0.1:9", parameters={})


@dataclass
class Gateway:
    """`directory` keeps the key that tokens are signed with. `is_machine`: callers send keys and not tokens.
    `credential`: what the caller sends.

    After each refusal it looks whether anything was changed, and `broken` holds what was wrong with that.
    """

    directory: Path
    is_machine: bool = False
    credential: str = ""
    broken: list[str] = field(default_factory=list)
    answered: int = 0

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.directory, template().jwt_issuer, template().jwt_audience)
        keys: dict[str, rsa.RSAPublicKey] = dict(self.tokens.public_keys)
        self._routes = Routes(template().routes)
        self._jwt = JwtAuthorizer(keys, template().jwt_issuer, template().jwt_audience)
        self._asking = Asking(lambda _, event: Invoked(json.dumps(key_authorizer.handler(event, Context())).encode()))

    def token(self, username: str, *groups: str) -> str:
        """An access token for somebody."""
        return self.tokens.issue(Person(username=username, groups=groups))

    def handle(self, request: Request) -> Response:
        """What the gateway answers."""
        path = f"{MACHINE}{request.path}" if self.is_machine and request.path != "/openapi.json" else request.path
        sent = Request(request.method, path, request.query, request.headers, request.body)
        match = self._routes.match(sent.method, sent.path)
        if match is None:
            return json_response(404, {"message": "Not Found"})
        event = proxy_event(sent, match, request_id="drawn", now=clock.now(), port=PORT)
        try:
            found = self._authorized(sent, match, event)
        except RefusedError as refused:
            return refused.response
        return self._invoke(sent, event if found is None else with_authorizer(event, found))

    def _authorized(self, request: Request, match: Match, event: dict[str, Any]) -> dict[str, Any] | None:
        if match.route.asks is not None:
            return self._asking.authorize(match.route.asks, event)
        if match.route.scopes is None:
            return None
        return self._jwt.authorize(request.header("authorization"), match.route.scopes)

    def _invoke(self, request: Request, event: dict[str, Any]) -> Response:
        with unwritten.watched() as changes:
            answer = api.handler(event, Context())
        self.answered += 1
        try:
            unwritten.require_none(changes, status=answer["statusCode"], what=f"{request.method} {request.path}")
        except AssertionError as written:
            self.broken.append(str(written))
        # As it travels: Lambda's answer is JSON, in which the gateway takes no header or body of another kind.
        multi = {name: ",".join(values) for name, values in (answer.pop("multiValueHeaders", None) or {}).items()}
        told = {**answer, "headers": {**(answer.get("headers") or {}), **multi}}
        return self._unprefixed(proxy_answer(json.dumps(told).encode()))

    def _unprefixed(self, response: Response) -> Response:
        if not self.is_machine:
            return response
        headers = tuple((name, value.removeprefix(MACHINE)) for name, value in response.headers)
        return Response(response.status, headers, response.body)


@contextmanager
def in_front_of(handle: Callable[[Request], Response]) -> Iterator[None]:
    """Whatever this process sends with `requests` is answered by `handle`; nothing goes over the network."""

    def send(_: HTTPAdapter, sent: requests.PreparedRequest, **__: Any) -> requests.Response:
        return _answered(sent, handle(_received(sent)))

    with mock.patch.object(HTTPAdapter, "send", send):
        yield


def _received(sent: requests.PreparedRequest) -> Request:
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    assert isinstance(body, bytes)
    path, _, query = sent.path_url.partition("?")
    headers = tuple((name.lower(), _text(value)) for name, value in sent.headers.items())
    return Request(str(sent.method), path, query, (("host", HOST), *headers), body)


def _text(value: str | bytes) -> str:
    # Headers travel as bytes of Latin-1.
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _answered(sent: requests.PreparedRequest, response: Response) -> requests.Response:
    made = requests.Response()
    headers = HTTPHeaderDict(response.headers)
    made.status_code, made.headers, made.request = response.status, CaseInsensitiveDict(headers), sent
    made.raw = HTTPResponse(BytesIO(response.body), headers, response.status, preload_content=False)
    made.url = str(sent.url)
    return made
