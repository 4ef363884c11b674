"""Rules of routing as somebody sends them: each mistake with its place and the remedy."""

from collections.abc import Iterator, Mapping
from typing import Any

from crm.access.models import Roster
from crm.core import items
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.criteria import own, references
from crm.criteria import rules as criteria
from crm.criteria.checking import problems
from crm.own_fields import service as own_field_service
from crm.routing import rules

MOST_BYTES = 100_000
_MOST_TOLD = 5


def require_sound(listed: list[dict[str, Any]]) -> None:
    """Raises InvalidFields where a rule cannot be understood, or asks what is not known of somebody new."""
    kinds = own.kinds(own_field_service.definitions())
    found: list[FieldError] = []
    for number, rule in enumerate(listed):
        at = f"/rules/{number}"
        found += _of_ids(rule, listed[:number], at)
        if rule["when"] is not None:
            wrong = problems(rule["when"], pointer=f"{at}/when", own=kinds)
            found += wrong or _of_purchases(rule["when"], f"{at}/when")
    _refuse(found)


def require_there(listed: list[dict[str, Any]], known: Roster) -> None:
    """Raises InvalidFields where a rule names a member, a team or a group that is not there."""
    named = {one for rule in listed if rule["when"] for one in references.referred(rule["when"])}
    members = {rule["to"]["member"] for rule in listed if rule["to"].get("member")}
    keys = [*(("SEGMENTS", f"SEGMENT#{one}") for one in named), *((f"STAFF#{one}", "MEMBER") for one in members)]
    there = items.many(sorted(keys), only=("entity",)) if keys else {}
    found: list[FieldError] = []
    for number, rule in enumerate(listed):
        at, to = f"/rules/{number}", rules.target_of(rule)
        if to.member and (f"STAFF#{to.member}", "MEMBER") not in there:
            found.append(
                FieldError(f"{at}/to/member", Reason("there is no such member of staff; GET /staff lists them"))
            )
        if to.team and to.team not in known.teams:
            found.append(FieldError(f"{at}/to/team", Reason("there is no such team; GET /teams lists them")))
        groups = references.referred(rule["when"]) if rule["when"] else ()
        gone = [one for one in sorted(groups) if ("SEGMENTS", f"SEGMENT#{one}") not in there]
        found += [FieldError(f"{at}/when", Reason("there is no group {one}", one=ascii(one[:60]))) for one in gone]
    _refuse(found)


def _of_ids(rule: Mapping[str, Any], before: list[dict[str, Any]], at: str) -> Iterator[FieldError]:
    if any(one["id"] == rule["id"] for one in before):
        yield FieldError(f"{at}/id", Reason("another rule has this id; give each its own"))
    if (rule["to"].get("member") is None) == (rule["to"].get("team") is None):
        yield FieldError(f"{at}/to", Reason('name one of both: {"member": …} or {"team": …}'))


def _of_purchases(when: Any, at: str) -> list[FieldError]:
    if not criteria.needs_bought(when):
        return []
    return [
        FieldError(
            at, Reason("what somebody bought is not known of who is new; ask for a group, or for facts.purchases")
        )
    ]


def _refuse(found: list[FieldError]) -> None:
    if found:
        told = "; ".join(f"{one.pointer}: {one.reason}" for one in found[:_MOST_TOLD])
        raise InvalidFields(told, fields=tuple(found))
