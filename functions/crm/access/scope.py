"""Whom a request is about: the customers that its path and its body name, each of whom has to be within reach."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from crm.access import rules
from crm.core import body
from crm.core.actor import Actor
from crm.core.errors import NotFound

Owners = Iterable[str | None]
Lookup = Callable[[str], Iterable[Owners] | None]
"""Of an id the owners of each thing that it is about, one of whom has to be within reach; None: there is no such thing.

An owner of None says that nobody owns it.
"""
CUSTOMER = "customer_id"


def require_reach(
    actor: Actor, route: str, arguments: Mapping[str, str], event: Mapping[str, Any], lookups: Mapping[str, Lookup]
) -> None:
    """Raise NotFound where the request names what is out of reach, or is not there: in the same words.

    Who reaches all customers costs no read.
    """
    for permission, lookup, named in _named(route, arguments, event, lookups, actor):
        things = lookup(named)
        if things is None or not all(any(actor.reaches(permission, one) for one in owners) for owners in things):
            raise NotFound("there is nothing of this id")


def _named(
    route: str, arguments: Mapping[str, str], event: Mapping[str, Any], lookups: Mapping[str, Lookup], actor: Actor
) -> Iterator[tuple[str, Lookup, str]]:
    needed = rules.policy().routes[route]
    if actor.is_limited(needed):
        yield from ((needed, lookups[name], value) for name, value in arguments.items() if name in lookups)
    places = rules.policy().named.get(route, {})
    if any(actor.is_limited(permission) for permission in places.values()):
        document = body.decode(event.get("body") or "{}")
        for place, permission in places.items():
            value = _at(document, place)
            if value is not None and actor.is_limited(permission):
                yield permission, lookups[CUSTOMER], value


def _at(document: Any, place: str) -> str | None:
    for step in place.split("/")[1:]:
        document = document.get(step) if isinstance(document, dict) else None
    # What is no text is no id, and refused as such by whoever validates the body.
    return document if isinstance(document, str) else None
