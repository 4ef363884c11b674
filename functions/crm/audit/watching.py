"""Stands around the guard: says for whom a request works, so that all that it writes carries that."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.audit import recording
from crm.core import cause
from crm.core.actor import Actor
from crm.core.cause import Cause

Guard = Callable[[str, Mapping[str, str], Mapping[str, Any]], Actor]
_MOST = 60


@dataclass(frozen=True)
class Watch:
    """A guard (see `crm.access.guard`) whose verdict is remembered with what the request writes."""

    guard: Guard

    def __call__(self, route: str, arguments: Mapping[str, str], event: Mapping[str, Any]) -> Actor:
        """The one who asks. Raises what the guard raises."""
        actor = self.guard(route, arguments, event)
        cause.begin(of_request(actor, route, event))
        return actor


def of_request(actor: Actor, route: str, event: Mapping[str, Any]) -> Cause:
    """Who asks, for which route, from where."""
    return Cause(
        who=actor.who,
        way="machine" if actor.key else "staff",
        role=actor.role,
        key=actor.key or "",
        route=route,
        recorder=recording.records,
        **where(event),
    )


def where(event: Mapping[str, Any]) -> dict[str, str]:
    """Of an HTTP API event: the request's id, the address, a hash of the program that asked."""
    context: Mapping[str, Any] = event.get("requestContext") or {}
    http: Mapping[str, Any] = context.get("http") or {}
    agent = str(http.get("userAgent") or (event.get("headers") or {}).get("user-agent") or "")
    return {
        "request": str(context.get("requestId") or "")[:_MOST],
        "address": str(http.get("sourceIp") or "")[:_MOST],
        "agent": hashlib.sha256(agent.encode()).hexdigest()[:16] if agent else "",
    }
