"""What an interaction does to a customer's facts. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.interactions.schemas import Kind

KINDS: frozenset[str] = frozenset(get_args(Kind))
# A note is the staff's own; every other kind is a contact with the customer.
_NO_CONTACT = frozenset({"note"})
# They went over their data, on the page or with somebody of the staff: for a year they are not asked to.
_CHECKUP = "checkup"
_OF_INTERACTIONS = frozenset({"interactions", "last_contact_at", "checked_at"})
_CLOCK_SKEW = timedelta(minutes=5)


def advance(facts: Mapping[str, Any], *, kind: str, at: str) -> dict[str, Any]:
    """The facts after an interaction: one more, and the latest contact is the latest of all, in whatever order told."""
    after = {**facts, "interactions": facts["interactions"] + 1}
    if kind not in _NO_CONTACT:
        after["last_contact_at"] = max(at, facts.get("last_contact_at") or at)
    if kind == _CHECKUP:
        after["checked_at"] = max(at, facts.get("checked_at") or at)
    return after


def recounted(facts: Mapping[str, Any], interactions: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The facts as these interactions (their kinds and times) make them; other facts stay as they are."""
    after = {name: value for name, value in facts.items() if name not in _OF_INTERACTIONS}
    after["interactions"] = 0
    for kind, at in interactions:
        after = advance(after, kind=kind, at=at)
    return after


def require_past(at: datetime | None, *, now: datetime) -> None:
    """What happened lies in the past; five minutes are granted to a fast clock. Raises InvalidFields."""
    if at is not None and at > now + _CLOCK_SKEW:
        raise InvalidFields.one("/at", Reason("lies in the future; log what has happened, and plan with a reminder"))
