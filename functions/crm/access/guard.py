"""The one guard before every staff route: who asks, and whether the policy lets them; before anything else is read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from crm.access import persons, roster, rules, scope
from crm.access.models import Roster
from crm.access.rules import Role
from crm.access.scope import Lookup
from crm.core import clock
from crm.core.actor import Actor
from crm.core.config import settings
from crm.core.errors import Forbidden, NotSignedIn

# Longer than every id. DynamoDB refuses keys of more than 2048 bytes with an error of its own.
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Guard:
    """The guard with what it asks the slices: by a path's argument, whose the thing is that it names."""

    lookups: Mapping[str, Lookup]

    def __call__(self, route: str, arguments: Mapping[str, str], event: Mapping[str, Any]) -> Actor:
        """The one who asks for a route such as `GET /customers/{customer_id}`.

        Raises NotSignedIn without an identity that can be trusted, Forbidden when their role lacks the route's
        permission or the policy does not know the route, NotFound when what they name is out of their reach.
        """
        actor = asking(event)
        table = rules.policy()
        if route in table.signed_in:
            return actor
        needed = table.routes.get(route)
        if needed is None:
            raise Forbidden
        if not actor.may(needed):
            raise rules.lacking(needed)
        scope.require_reach(actor, route, arguments, event, self.lookups)
        return actor


def asking(event: Mapping[str, Any]) -> Actor:
    """Whom the gateway's authorizers have made sure of: a member of staff by their token, a machine by its key.

    Raises NotSignedIn, Forbidden of whoever has no role.
    """
    context: Mapping[str, Any] = event.get("requestContext") or {}
    authorizer: Mapping[str, Any] = context.get("authorizer") or {}
    if machine := authorizer.get("lambda"):
        return _machine(machine)
    return _member((authorizer.get("jwt") or {}).get("claims") or {})


def _member(claims: Mapping[str, Any]) -> Actor:
    who = str(claims.get("username") or claims.get("sub") or "")
    if not who or len(who) > _LONGEST_NAME:
        raise NotSignedIn
    known = roster.current()
    if persons.is_signed_out(known.members.get(who, {}), signed_in=claims.get("auth_time")):
        raise NotSignedIn
    if claims.get(persons.SESSION) in (known.ended_sessions or {}):
        raise NotSignedIn
    in_token = persons.role_of_groups(persons.groups_of(str(claims.get("cognito:groups") or "")))
    role = _role(persons.named(known.members.get(who, {}), in_token=in_token), known)
    today = clock.now().astimezone(settings().business_timezone).date()
    return persons.actor_of(who, role, known.members, today=today)


def _machine(machine: Mapping[str, Any]) -> Actor:
    """A key is nobody's colleague: what it reaches by `own` and `team` is what nobody owns, at most."""
    key = str(machine.get("key") or "")
    if not key or len(key) > _LONGEST_NAME:
        raise NotSignedIn
    role = _role(machine.get("role"), roster.current())
    who = f"key:{key}"
    made = persons.actor_of(who, role, {}, today=clock.now().date())
    return replace(made, key=key, mine=frozenset(), team=frozenset())


def _role(name: str | None, known: Roster) -> Role:
    role = rules.found(name, known.roles)
    if role is None:
        raise Forbidden
    return rules.seeing(role, known.fields or {})
