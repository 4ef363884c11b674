"""Every page that is read, by addresses of things that there are: what looks at all of them finds each new one here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from handlers.console import PAGES

_ARGUMENT = re.compile(r"\{(\w+)\}")
QUERIES: Mapping[str, Sequence[str]] = {
    "GET /console/find": ("q=a", "q=%3Cb%3E"),
}
"""By the route of a page with what it is asked for, where it shows more than without."""


def read() -> list[str]:
    """The routes of all pages that are read."""
    return [route for route in PAGES if route.startswith("GET ")]


def addresses(route: str, ids: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The page about the first of all that its path names, and once more with each query. `ids`: by argument.

    Raises KeyError for an argument of which the shop has nothing.
    """
    path = _ARGUMENT.sub(lambda found: ids[found[1]][0], route.removeprefix("GET "))
    yield path
    yield from (f"{path}?{query}" for query in QUERIES.get(route, ()))
