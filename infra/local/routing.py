"""Which route of the HTTP API a request takes, by API Gateway's order of precedence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from infra.local.host_view import Route

DEFAULT = "$default"


@dataclass(frozen=True)
class Match:
    """A route and the decoded values of its path parameters."""

    route: Route
    parameters: dict[str, str]

    @property
    def key(self) -> str:
        """As `routeKey` in the event: `GET /customers/{id}` or `$default`."""
        return route_key(self.route)


def route_key(route: Route) -> str:
    return DEFAULT if _is_default(route) else f"{route.method} {route.path}"


def decoded(path: str) -> str:
    """The path as HTTP APIs hand it on: percent-decoded (`rawPath` of payload 2.0 is not raw)."""
    return unquote(path, errors="replace")


class Routes:
    """Matches like API Gateway: full match before greedy `{proxy+}` before `$default`; within one kind
    literal segments before parameters, longer before shorter greedy ones, and a named method before ANY."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._ordered = sorted(routes, key=_precedence)

    def match(self, method: str, path: str) -> Match | None:
        """The route for a method and a path as sent; None is API Gateway's 404."""
        segments = [decoded(segment) for segment in path.split("/")[1:]]
        for route in self._ordered:
            if _is_default(route):
                return Match(route, {})
            if route.method in (method, "ANY"):
                parameters = _fits(route.path.split("/")[1:], segments)
                if parameters is not None:
                    return Match(route, parameters)
        return None


def _is_default(route: Route) -> bool:
    return route.path.lstrip("/") == DEFAULT


def _precedence(route: Route) -> tuple[int, list[int], int]:
    if _is_default(route):
        return 2, [], 0
    segments = route.path.split("/")[1:]
    ranks = [_rank(segment) for segment in segments]
    # For equal beginnings a longer greedy route is the more specific one; 3 sorts an early end last.
    return int(2 in ranks), [*ranks, 3], int(route.method == "ANY")


def _rank(segment: str) -> int:
    if segment.endswith("+}"):
        return 2
    return int(segment.startswith("{"))


def _fits(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for index, part in enumerate(pattern):
        if index >= len(segments):
            return None
        if part.endswith("+}"):
            rest = "/".join(segments[index:])
            return {**parameters, part[1:-2]: rest} if rest else None
        if not part.startswith("{"):
            if part != segments[index]:
                return None
        elif segments[index]:
            parameters[part[1:-1]] = segments[index]
        else:
            return None
    return parameters if len(segments) == len(pattern) else None
