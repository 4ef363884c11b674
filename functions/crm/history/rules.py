"""What a record was before a change, and what has changed since. Pure."""

from collections.abc import Mapping
from typing import Any

from crm.changes import rules as change_rules
from crm.changes.rules import Changes

_KEPT_BY_MEMBER = frozenset({"consent", "custom"})
NOT_BY_HAND = frozenset({"groups", "other_addresses", "own_answers", "relations"})
"""Groups are picked at the group, merges bring addresses, what customers answered themselves stays on record, and
relations are of two customers."""
RELATIONS = "/relations/"
"""How the pointer of a relation begins: `/relations/<kind>/<id of the other side>`."""
_NEVER_EMPTY = frozenset({"/name", "/kind"})


def can_be_restored(pointer: str, change: Mapping[str, Any]) -> bool:
    """Whether staff can set a field back to what it was before a change."""
    if pointer.split("/")[1] in NOT_BY_HAND or "other" in change or "refused" in change:
        return False
    return bool(change) and ("from" in change or pointer not in _NEVER_EMPTY)


def is_cut(value: Any) -> bool:
    """Whether a value was too long to be kept (`change_rules.fitting`)."""
    return isinstance(value, Mapping) and value.keys() == {"cut"}


def value_of(fields: Mapping[str, Any], pointer: str) -> Any:
    """What stands under a pointer."""
    _, name, *members = pointer.split("/")
    value = fields.get(name)
    return (value or {}).get(members[0]) if members else value


def changed_since(now: Mapping[str, Any], changes: Changes) -> Changes:
    """By pointer {now, then} of the values that are neither as the change left them nor as they were before it.

    Tags are no case of it: what was added goes and what was removed comes back, whatever else was done to them.
    """
    found = {}
    for pointer, change in changes.items():
        value: Any = value_of(now, pointer)
        then: Any = change.get("to")
        is_left = change_rules.size(value) == then["cut"] if is_cut(then) else change_rules.same(value, then)
        if pointer != "/tags" and not is_left and not change_rules.same(value, change.get("from")):
            found[pointer] = {"now": value, "then": then}
    return found


def before(now: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """The fields of a merge patch that makes a record again what it was before the changes."""
    patch: dict[str, Any] = {}
    for pointer, change in changes.items():
        _, name, *members = pointer.split("/")
        if name == "tags":
            left = [tag for tag in now.get("tags") or () if tag not in change.get("added", ())]
            patch[name] = list(dict.fromkeys([*left, *change.get("removed", ())]))
        elif name in _KEPT_BY_MEMBER:
            patch.setdefault(name, {})[members[0]] = change.get("from")
        else:
            patch[name] = change.get("from")
    return patch
