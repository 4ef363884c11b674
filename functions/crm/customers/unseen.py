"""Duplicates of whom the one who asks sees nothing: they are not told of, and so cannot be heeded by them.

A record that is made or changed beside such a one stands twice then; whoever may merge finds the pair under
`GET /duplicates`.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from crm.core.actor import Actor
from crm.core.errors import Duplicate, KeyReused
from crm.core.veil import visible
from crm.customers import duplicates, service

Done = TypeVar("Done")
_READ = "customers.read"


def heeding(write: Callable[[bool], Done], *, actor: Actor, allow_duplicate: bool) -> Done:
    """What `write(allow_duplicate)` does. Raises Duplicate with the candidates whom the actor reaches, if any."""
    if allow_duplicate or not (actor.is_limited(_READ) or actor.hidden):
        return write(allow_duplicate)
    try:
        return write(False)
    except Duplicate as known:
        seen = within_reach(known.extensions["candidates"], actor=actor)
        if seen:
            raise duplicates.refusal([visible(one, actor.hidden) for one in seen]) from None
    except KeyReused:
        # Under this key it may have been done so already; else the same is raised again.
        pass
    return write(True)


def within_reach(found: Iterable[dict[str, Any]], *, actor: Actor) -> list[dict[str, Any]]:
    """Those of some {id, …} whom the actor reaches. Costs a read for who does not reach all."""
    candidates = list(found)
    if not candidates or not actor.is_limited(_READ):
        return candidates
    owners = service.owners(one["id"] for one in candidates)
    return [one for one in candidates if one["id"] in owners and actor.reaches(_READ, owners[one["id"]])]
