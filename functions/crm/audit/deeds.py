"""Reads off the writes of a transaction what they do to which items. Pure.

A deed names the attributes that it sets by JSON pointers, with their new values where the write tells them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.changes.rules import pointer
from crm.core import table
from crm.core.cause import CARRIED
from crm.core.items import Key

MADE, CHANGED, TAKEN = "made", "changed", "taken"
_COMPUTED: Any = object()
"""A value that the store computes: what it is cannot be told from the write."""
_CLAUSE = re.compile(r"\b(SET|REMOVE|ADD|DELETE) ")
_STEP = re.compile(r"#\w+|\w+")
# What an item holds beside what somebody has said: keys, counters of changes, stamps, what was computed from the rest.
INTERNAL = frozenset(
    {
        "pk", "sk", "entity", "version", "revision", "created_at", "created_by", "updated_at", "updated_by",
        "request", "request_hash", "facts", "expires_at", "merging", "claim_token", "minute", "used",
    }
)  # fmt: skip
# What opens something: that it changed is told, and nothing else.
SECRET = frozenset(
    {"secret", "earlier", "secret_hash", "earlier_hash", "link", "private_link", "token", "ended_sessions"}
)


@dataclass(frozen=True)
class Deed:
    """What is done to one item: `did` made, changed or taken; `to` by pointer the new value, None where it goes.

    `is_new`: the write itself makes sure that there was no such item. `is_whole`: what is not in `to` is gone, too.
    """

    key: Key
    did: str
    to: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    is_new: bool = False
    is_whole: bool = False

    def changes(self, before: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """By pointer {from, to} as in `crm.changes.rules`; {changed: True} where neither may or can be told."""
        names = {*self.to, *(pointer(name) for name in before if self.is_whole or self.did == TAKEN)}
        found = {name: _change(name, _at(before, name), self.to.get(name)) for name in sorted(names)}
        return {name: change for name, change in found.items() if change and not _is_internal(name)}


def carries(write: Mapping[str, Any]) -> bool:
    """Whether the item that is written tells itself who had it written."""
    ((_, told),) = write.items()
    return CARRIED in told.get("Item", ()) or CARRIED in told.get("ExpressionAttributeNames", {}).values()


def deed(write: Mapping[str, Any]) -> Deed:
    """What a write of a transaction does."""
    ((kind, told),) = write.items()
    match kind:
        case "Put":
            return _put(told)
        case "Delete":
            return Deed(_key(told["Key"]), TAKEN)
    return Deed(_key(told["Key"]), CHANGED, dict(_updated(told)))


def _put(told: Mapping[str, Any]) -> Deed:
    item = table.from_item(told["Item"])
    is_new = str(told.get("ConditionExpression", "")).startswith("attribute_not_exists")
    to = {pointer(name): value for name, value in item.items()}
    return Deed((item["pk"], item["sk"]), MADE, to, kind=str(item.get("entity", "")), is_new=is_new, is_whole=True)


def _updated(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    names, values = told.get("ExpressionAttributeNames", {}), told.get("ExpressionAttributeValues", {})
    _, *parts = _CLAUSE.split(told["UpdateExpression"])
    for clause, text in zip(parts[::2], parts[1::2], strict=True):
        for action in _split(text):
            path, _, how = action.partition("=") if clause == "SET" else action.partition(" ")
            place = pointer(*(names.get(step, step) for step in _STEP.findall(path)))
            yield place, _value(clause, how.strip(), values)


def _value(clause: str, how: str, values: Mapping[str, Any]) -> Any:
    if clause == "REMOVE":
        return None
    if clause == "SET" and how in values:
        return table.from_item({"value": values[how]})["value"]
    return _COMPUTED


def _split(text: str) -> Iterator[str]:
    """The actions of a clause: between commas that stand in no bracket."""
    depth, begin = 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            yield text[begin:place].strip()
            begin = place + 1
    yield text[begin:].strip()


def _change(name: str, before: Any, after: Any) -> dict[str, Any]:
    if (before is None and after is None) or (after is not _COMPUTED and before == after):
        return {}
    if after is _COMPUTED or name.split("/")[1] in SECRET:
        return {"changed": True}
    ends = {"from": before, "to": after}
    return {end: value for end, value in ends.items() if value is not None}


def _at(item: Any, place: str) -> Any:
    for step in place.split("/")[1:]:
        item = item.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(item, Mapping) else None
    return item


def _is_internal(name: str) -> bool:
    return name.split("/")[1] in INTERNAL


def _key(told: Mapping[str, Any]) -> Key:
    return told["pk"]["S"], told["sk"]["S"]
