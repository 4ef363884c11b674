"""Which rules, and which groups of rules, somebody sees who does not see all of a customer."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from crm.core import veil
from crm.core.errors import NotFound
from crm.greetings import service
from crm.greetings.models import Greeting
from crm.segments import service as segment_service


def seen(rules: Iterable[Greeting], *, hidden: Collection[str]) -> list[Greeting]:
    """The rules of which nobody can tell, by who is greeted when, what they do not see of customers."""
    return [one for one in rules if not hidden or not (tells(one, hidden) or is_hidden_group(one.segment, hidden))]


def require_seen(rule: Greeting, *, hidden: Collection[str]) -> Greeting:
    """The rule. Raises NotFound where somebody does not see it."""
    if not seen([rule], hidden=hidden):
        raise NotFound(f"there is no greeting {rule.greeting_id!a}")
    return rule


def of_seen_groups(fields: Mapping[str, Any], *, hidden: Collection[str]) -> Mapping[str, Any]:
    """The fields of a rule, for a group that is seen. Raises InvalidFields."""
    if hidden and is_hidden_group(fields.get("segment"), hidden):
        raise service.unknown_segment()
    return fields


def is_hidden_group(segment_id: str | None, hidden: Collection[str]) -> bool:
    """Whether there is no such group for somebody."""
    if not segment_id:
        return False
    try:
        segment_service.get(segment_id=segment_id, hidden=hidden)
    except NotFound:
        return True
    return False


def tells(rule: Greeting, hidden: Collection[str]) -> bool:
    """Whether somebody could tell, by who is greeted when, what is hidden from them; its group is not looked at."""
    fields = ["/birthday", "/joined_on", *([f"/custom/{rule.field}"] if rule.field else [])]
    return any(veil.is_hidden(field, hidden) for field in fields)
