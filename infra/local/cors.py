"""Cross-origin answers as an HTTP API gives them when `CorsConfiguration` is set."""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.host_view import Cors
from infra.local.http_message import Headers, Request, Response

_PREFIX = "access-control-"


def preflight(cors: Cors, request: Request) -> Response:
    """The answer to OPTIONS: 204, with the CORS headers only if origin and method are allowed."""
    wanted = request.header("access-control-request-method")
    origin = _origin(cors, request)
    if origin is None or wanted is None or not _listed(wanted, cors.allow_methods):
        return Response(204)
    headers = {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": ",".join(cors.allow_methods),
        "access-control-allow-headers": ",".join(cors.allow_headers),
        "access-control-max-age": "" if cors.max_age is None else str(cors.max_age),
        "access-control-allow-credentials": "true" if cors.allow_credentials else "",
    }
    return Response(204, tuple((name, value) for name, value in headers.items() if value))


def with_cors(cors: Cors, request: Request, response: Response) -> Response:
    """A function's response with the configured CORS headers; its own are ignored, as API Gateway does."""
    kept: Headers = tuple(header for header in response.headers if not header[0].startswith(_PREFIX))
    origin = _origin(cors, request)
    if origin is None:
        return Response(response.status, kept, response.body)
    added = {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": ",".join(cors.expose_headers),
        "access-control-allow-credentials": "true" if cors.allow_credentials else "",
    }
    return Response(response.status, kept + tuple(item for item in added.items() if item[1]), response.body)


def _origin(cors: Cors, request: Request) -> str | None:
    origin = request.header("origin")
    if origin is None:
        return None
    if "*" in cors.allow_origins:
        return "*"
    whole_scheme = f"{origin.partition('://')[0]}://*"  # `https://*` allows every origin of the scheme
    return origin if {origin, whole_scheme} & set(cors.allow_origins) else None


def _listed(method: str, methods: Sequence[str]) -> bool:
    return "*" in methods or method.upper() in {allowed.upper() for allowed in methods}
