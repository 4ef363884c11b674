"""Whom a request is about: the customers and members that its path and its body name, all of them within reach."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from crm.access import rules
from crm.core import body, veil
from crm.core.actor import Actor
from crm.core.errors import FieldError, InvalidFields, NotFound
from crm.core.reason import Reason

Owners = Iterable[str | None]
Lookup = Callable[[str], Iterable[Owners] | None]
"""Of an id the owners of each thing that it is about, one of whom has to be within reach; None: there is no such thing.

An owner of None says that nobody owns it.
"""
CUSTOMER = "customer_id"
# What a place of a body names, by the argument of paths that names the same; else a customer.
_NAMED_IN = {"/staff": "staff_id"}
# Whose bodies have fields of a customer; by another name where it is one.
_FIELDS_IN: Mapping[str, Mapping[str, str]] = {
    "POST /customers": {},
    "PATCH /customers/{customer_id}": {},
    "POST /exports": {"tag": "tags"},
}


def require_reach(
    actor: Actor, route: str, arguments: Mapping[str, str], event: Mapping[str, Any], lookups: Mapping[str, Lookup]
) -> None:
    """Raise NotFound where the request names what is out of reach, or is not there: in the same words.

    InvalidFields where its body names a field that is hidden.

    Who reaches all customers costs no read.
    """
    if actor.hidden and route in _FIELDS_IN:
        _require_seen(actor, _FIELDS_IN[route], event)
    for permission, lookup, named in _named(route, arguments, event, lookups, actor):
        things = lookup(named)
        if things is None or not all(any(actor.reaches(permission, one) for one in owners) for owners in things):
            raise NotFound("there is nothing of this id")


def _require_seen(actor: Actor, called: Mapping[str, str], event: Mapping[str, Any]) -> None:
    """Refuse a hidden field in a body as one that there is not."""
    document = body.decode(event.get("body") or "{}")
    if not isinstance(document, dict):
        # Refused as such by whoever validates the body.
        return
    if document.get("custom", "") is None and any(one.startswith("/custom/") for one in actor.hidden):
        # It would empty those that they do not see as well.
        raise InvalidFields.one(
            "/custom", Reason('name each field that is to be emptied: {"custom": {"<name>": null}}')
        )
    own = {} if veil.is_hidden("/custom", actor.hidden) else document.get("custom")
    given = [*document, *(f"custom/{name}" for name in (own if isinstance(own, dict) else ()))]
    hidden = [name for name in given if veil.is_hidden(f"/{called.get(name, name)}", actor.hidden)]
    if hidden:
        reason = Reason("unknown field; remove it or check its spelling")
        fields = tuple(FieldError(f"/{name}", reason) for name in hidden[:5])
        raise InvalidFields("; ".join(f"{field.pointer}: {reason}" for field in fields), fields=fields)


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
                yield permission, lookups[_NAMED_IN.get(place, CUSTOMER)], value


def _at(document: Any, place: str) -> str | None:
    for step in place.split("/")[1:]:
        document = document.get(step) if isinstance(document, dict) else None
    # What is no text is no id, and refused as such by whoever validates the body.
    return document if isinstance(document, str) else None
