"""Which page an address names. The gateway sends everything below `/console` here: what is a page, we say ourselves.

A route of the gateway for each page would be a quarter of the 300 that an account may make, and an address that is no
page would be answered by the gateway, in JSON.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

HOME = "/console"


@dataclass(frozen=True)
class Found:
    """A route as in the policy, such as `GET /console/customers/{customer_id}`, and the arguments of its path."""

    route: str
    names: Mapping[str, str]


class Routes:
    """The pages by their routes. A name in a path goes before an argument at the same place."""

    def __init__(self, routes: Collection[str]) -> None:
        self._known = frozenset(routes)
        self._by_length: dict[int, list[tuple[str, list[str]]]] = {}
        for path in dict.fromkeys(route.partition(" ")[2] for route in routes):
            steps = path.split("/")
            self._by_length.setdefault(len(steps), []).append((path, steps))
        for paths in self._by_length.values():
            paths.sort(key=lambda one: [step.startswith("{") for step in one[1]])

    def find(self, method: str, path: str) -> Found | None:
        """The page; None: there is none at this address, or none that takes this method. HEAD asks as GET does."""
        verb = "GET" if method == "HEAD" else method
        if (route := f"{verb} {path}") in self._known and "{" not in path:
            return Found(route, {})
        asked = path.split("/")
        for known, steps in self._by_length.get(len(asked), ()):
            names = _fits(steps, asked)
            if names is not None and (route := f"{verb} {known}") in self._known:
                return Found(route, names)
        return None


def _fits(steps: list[str], asked: list[str]) -> dict[str, str] | None:
    names = {}
    for step, given in zip(steps, asked, strict=True):
        if step.startswith("{") and given:
            names[step[1:-1]] = given
        elif step != given:
            return None
    return names
