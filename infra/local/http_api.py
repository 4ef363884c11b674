"""The HTTP API of the template: routes, who may use them, CORS."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local import template
from infra.local.intrinsics import TemplateError

INTEGRATION = re.compile(r":function:([A-Za-z0-9_-]+)(?::[^/]+)?/invocations$")
HEADER = "$request.header."
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}


@dataclass(frozen=True, kw_only=True)
class LambdaAuthorizer:
    """A Lambda authorizer: its function, the header that names the caller, and how long its answers are kept."""

    function: str
    header: str
    kept_seconds: float


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route of the HTTP API: method in capitals or ANY; `scopes` is None where no token is asked for.

    `asks`: the Lambda authorizer that says who may take it, where there is one.
    """

    method: str
    path: str
    function: str
    scopes: tuple[str, ...] | None
    asks: LambdaAuthorizer | None = None


@dataclass(frozen=True, kw_only=True)
class Cors:
    """The CORS settings of the HTTP API; `max_age` in seconds."""

    allow_origins: tuple[str, ...]
    allow_methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    max_age: int | None
    allow_credentials: bool


def read(
    apis: Mapping[str, template.Resource],
) -> tuple[tuple[Route, ...], Cors | None, str, tuple[str, ...]]:
    """Return routes, CORS settings, token issuer and audience. Raises TemplateError for what is not known here."""
    if len(apis) > 1:
        raise TemplateError(f"the local host serves one HTTP API, the template has {len(apis)}")
    for api in apis.values():
        body = api.properties["Body"]
        issuer, audience = _jwt(body)
        return _routes(body), _cors(body.get("x-amazon-apigateway-cors")), issuer, audience
    return (), None, "", ()


def _routes(body: Mapping[str, Any]) -> tuple[Route, ...]:
    asked = _lambda_authorizers(body)
    return tuple(
        _route(path, method, operation, operation.get("security", body.get("security", [])), asked)
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    )


def _route(
    path: str,
    method: str,
    operation: Mapping[str, Any],
    security: Sequence[Mapping[str, Sequence[str]]],
    asked: Mapping[str, LambdaAuthorizer],
) -> Route:
    named = next(iter(security[0]), "") if security else ""
    return Route(
        method="ANY" if method == "x-amazon-apigateway-any-method" else method.upper(),
        path=path,
        function=_target(path, operation),
        scopes=None if named in asked else _scopes(security),
        asks=asked.get(named),
    )


def _lambda_authorizers(body: Mapping[str, Any]) -> dict[str, LambdaAuthorizer]:
    found = {}
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        told = scheme["x-amazon-apigateway-authorizer"]
        if told["type"] == "request":
            found[name] = _lambda_authorizer(name, told)
    return found


def _lambda_authorizer(name: str, told: Mapping[str, Any]) -> LambdaAuthorizer:
    function, source = INTEGRATION.search(told["authorizerUri"]), str(told.get("identitySource", ""))
    form = (told.get("authorizerPayloadFormatVersion"), told.get("enableSimpleResponses"))
    if function is None or not source.startswith(HEADER) or form != ("2.0", True):
        raise TemplateError(f"{name}: the local host knows authorizers of one header, payload 2.0, with simple answers")
    kept = float(told.get("authorizerResultTtlInSeconds", 300))
    return LambdaAuthorizer(function=function[1], header=source.removeprefix(HEADER).lower(), kept_seconds=kept)


def _target(path: str, operation: Mapping[str, Any]) -> str:
    uri = operation.get("x-amazon-apigateway-integration", {}).get("uri", "")
    found = INTEGRATION.search(uri)
    if not found:
        raise TemplateError(f"route {path} does not lead to a function")
    return found[1]


def _scopes(security: Sequence[Mapping[str, Sequence[str]]]) -> tuple[str, ...] | None:
    return None if not security else tuple(scope for scopes in security[0].values() for scope in scopes)


def _jwt(body: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    schemes = body.get("components", {}).get("securitySchemes", {}).values()
    for scheme in schemes:
        told = scheme["x-amazon-apigateway-authorizer"]
        if told["type"] == "jwt":
            return told["jwtConfiguration"]["issuer"], tuple(told["jwtConfiguration"]["audience"])
    return "", ()


def _cors(settings: Mapping[str, Any] | None) -> Cors | None:
    if not settings:
        return None
    age = settings.get("maxAge")
    return Cors(
        allow_origins=tuple(settings.get("allowOrigins", ())),
        allow_methods=tuple(settings.get("allowMethods", ())),
        allow_headers=tuple(settings.get("allowHeaders", ())),
        expose_headers=tuple(settings.get("exposeHeaders", ())),
        max_age=None if age is None else int(age),
        allow_credentials=bool(settings.get("allowCredentials", False)),
    )
