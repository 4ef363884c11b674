"""The HTTP API on a laptop: routes, authorizer, CORS and limits of API Gateway before the functions.

Serves http://127.0.0.1:<port>; `/_local/…` is the host's own (see local_routes) and exists nowhere else.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.local.asking import Asking
from infra.local.authorizer import JwtAuthorizer, RefusedError
from infra.local.cors import preflight, with_cors
from infra.local.gate import Gate
from infra.local.host_view import HostView, Route
from infra.local.http_message import Headers, Request, Response, json_response
from infra.local.listener import Listener
from infra.local.local_routes import PREFIX, LocalRoutes
from infra.local.mailbox import Mailbox
from infra.local.proxy_answer import PAYLOAD_BYTES, InvalidAnswerError, internal_error, proxy_answer
from infra.local.proxy_event import new_request_id, proxy_event, with_authorizer
from infra.local.routing import Match, Routes

INTEGRATION_SECONDS = 30.0  # an HTTP API gives a function no longer than this
HEADER_BYTES = 10_240  # request line and headers together
WORKERS = 64
LONGEST_SHOWN = 200  # of a path, in the terminal


class FrontDoor:
    """What stands between HTTP clients and the functions; `handle` is thread-safe."""

    def __init__(self, host: HostView, *, integration_seconds: float = INTEGRATION_SECONDS) -> None:
        self._host = host
        self._seconds = integration_seconds
        self._routes = Routes(host.stack.routes)
        self._cors = host.stack.cors
        self._gate = gate = Gate(host)
        self._authorizer = JwtAuthorizer(gate.tokens.public_keys, gate.tokens.issuer, host.stack.jwt_audience)
        self._asking = Asking(host.lambdas.invoke)
        self._local = LocalRoutes(host, gate, Mailbox(host.directory))
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="integration")
        self._listener = Listener(host.port, self.handle, host.log)

    @property
    def port(self) -> int:
        return self._listener.port

    def start(self) -> None:
        """Listens. Raises listener.PortTakenError."""
        self._listener.start()

    def stop(self) -> None:
        self._listener.stop()
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._gate.close()

    def handle(self, request: Request) -> Response:
        if request.path == PREFIX or request.path.startswith(PREFIX + "/"):
            return self._local.handle(request, self.port)
        request_id = new_request_id()
        response = self._gateway(request, request_id)
        if response.status >= 500:
            self._host.log(f"{request.method[:20]} {request.path[:LONGEST_SHOWN]} → {response.status}")
        return Response(response.status, (*response.headers, ("apigw-requestid", request_id)), response.body)

    def _gateway(self, request: Request, request_id: str) -> Response:
        if _header_bytes(request.headers) + len(request.path) + len(request.query) > HEADER_BYTES:
            return json_response(431, {"message": "Request Header Fields Too Large"})
        match = self._routes.match(request.method, request.path)
        if match is None:
            if request.method == "OPTIONS" and self._cors is not None:
                return preflight(self._cors, request)
            return json_response(404, {"message": "Not Found"})
        try:
            event = self._event(request, match, request_id)
        except RefusedError as refused:
            return refused.response
        response = self._integrate(request, match, event)
        return response if self._cors is None else with_cors(self._cors, request, response)

    def _event(self, request: Request, match: Match, request_id: str) -> dict[str, Any]:
        """The event for the function, once the route's authorizer has let it through. Raises RefusedError."""
        event = proxy_event(
            request,
            match,
            request_id=request_id,
            now=self._host.clock.now(),
            port=self.port,
            variables=self._host.stack.stage_variables,
        )
        authorizer = self._authorized(request, match.route, event)
        return event if authorizer is None else with_authorizer(event, authorizer)

    def _authorized(self, request: Request, route: Route, event: dict[str, Any]) -> dict[str, Any] | None:
        if route.asks is not None:
            return self._asking.authorize(route.asks, event)
        if route.scopes is None:
            return None
        return self._authorizer.authorize(request.header("authorization"), route.scopes)

    def _integrate(self, request: Request, match: Match, event: dict[str, Any]) -> Response:
        if len(request.body) > PAYLOAD_BYTES // 2 and len(json.dumps(event)) > PAYLOAD_BYTES:
            return json_response(413, {"message": "Request Entity Too Large"})
        return self._invoke(match.route.function, event)

    def _invoke(self, function: str, event: dict[str, Any]) -> Response:
        self._host.idle.admit()
        call = self._workers.submit(self._host.lambdas.invoke, function, event)
        try:
            result = call.result(self._seconds)
        except TimeoutError:
            call.cancel()
            self._host.log(f"{function} had no answer after {self._seconds:g} s: API Gateway gives up")
            return json_response(503, {"message": "Service Unavailable"})
        if result.function_error is not None:
            return internal_error()
        try:
            return proxy_answer(result.payload)
        except InvalidAnswerError as invalid:
            self._host.log(f"{function} answered what API Gateway cannot use: {invalid}")
            return internal_error()


def serve(host: HostView) -> FrontDoor:
    """The front door of a host; `.start()` listens on `host.port`, `.stop()` ends it."""
    return FrontDoor(host)


def _header_bytes(headers: Headers) -> int:
    return sum(len(name) + len(value) for name, value in headers)
