"""Stands around the guard: says for whom a request works, so that all that it writes carries that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.audit import attempts, recording
from crm.core import cause
from crm.core.actor import Actor
from crm.core.cause import Cause
from crm.core.errors import Forbidden, NotFound, NotSignedIn

Guard = Callable[[str, Mapping[str, str], Mapping[str, Any]], Actor]


@dataclass(frozen=True)
class Watch:
    """A guard (see `crm.access.guard`): whom it lets in is remembered with what they write, whom not is noted."""

    guard: Guard

    def __call__(self, route: str, arguments: Mapping[str, str], event: Mapping[str, Any]) -> Actor:
        """The one who asks. Raises what the guard raises."""
        try:
            actor = self.guard(route, arguments, event)
        except (NotSignedIn, Forbidden, NotFound):
            attempts.denied(event, route=route, named=arguments)
            raise
        cause.begin(of_request(actor, route, arguments, event))
        return actor


def of_request(actor: Actor, route: str, arguments: Mapping[str, str], event: Mapping[str, Any]) -> Cause:
    """Who asks, for which route, from where."""
    return Cause(
        who=actor.who,
        way="machine" if actor.key else "staff",
        role=actor.role,
        key=actor.key or "",
        route=route,
        recorder=recording.records,
        named=arguments,
        **attempts.where(event),
    )
