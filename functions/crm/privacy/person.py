"""All that we keep of one person, for the person: by raw keys, so that a kind that no model knows is in it as well."""

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crm.core import items
from crm.core.table import from_item
from crm.customers.models import partition

# Ours, to keep requests and writers apart; they say nothing of the person.
_INTERNAL = frozenset(
    {
        "pk",
        "sk",
        "entity",
        "audit",
        "request_hash",
        "revision",
        "claim_token",
        "undo",
        "expires_at",
        "silent",
        "request_id",
        "sent_to",
        "private_link",
    }
)
# Of records as they were before a merge.
_INTERNAL_WITHIN = frozenset({"request_hash", "claim_token"})
# Who of the staff did something, and from where, is theirs.
# What was bought stands in the purchases themselves; `bought` is a packed count of them.
_LEFT_OUT = frozenset({"audit", "receipt", "bought", "erasing", "withheld"})
# By its key alone it leads to a reminder that stands with a member of staff.
_ABOUT = "about"
STAFF_REMINDER = "staff_reminder"
Contents = dict[str, list[dict[str, Any]]]


def collect(customer_id: str) -> Contents:
    """By kind every item of the customer's partition in the order of its keys, without what is internal.

    With it the reminders to the staff about the customer, as far as they still stand.
    """
    found: Contents = {}
    for raw in items.since(partition(customer_id), " "):
        item = from_item(raw)
        kind, _, rest = str(item["sk"]).partition("#")
        if kind.lower() == _ABOUT:
            reminder = _of_staff(rest)
            if reminder:
                found.setdefault(STAFF_REMINDER, []).append(reminder)
        elif kind.lower() not in _LEFT_OUT:
            found.setdefault(kind.lower(), []).append(_shown(item))
    return found


def _of_staff(about: str) -> dict[str, Any] | None:
    reminder, _, staff = about.partition("#")
    item = items.one(f"STAFF#{staff}", f"REMINDER#{reminder}")
    return {"staff": staff, **_shown(item)} if item else None


def _shown(item: Mapping[str, Any]) -> dict[str, Any]:
    place = {"key": item["sk"]} if "#" in str(item["sk"]) else {}
    return {**place, **{name: _plain(value) for name, value in sorted(item.items()) if name not in _INTERNAL}}


def _plain(value: Any) -> Any:
    """A stored value as JSON has it; exact numbers as text, as the API writes money."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else format(value, "f")
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items() if name not in _INTERNAL_WITHIN}
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
