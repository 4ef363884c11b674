"""EventBridge event patterns, as far as rules and filters of event sources use them here."""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Mapping
from typing import Any


class UnknownOperatorError(Exception):
    """A pattern uses an operator that the local host does not know; guessing would lose or invent events."""


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event fits: every named field must hold one of the listed values (of a list: any element).

    Knows literals, `prefix`, `suffix`, `equals-ignore-case`, `exists`, `numeric`, `anything-but` with literals or one
    of the other operators, and `$or`. Raises UnknownOperatorError.
    """
    return all(_field(name, wanted, event) for name, wanted in pattern.items())


def passes(filters: Iterable[Mapping[str, str]], record: Mapping[str, Any]) -> bool:
    """Whether one of the `Filters` of an event source mapping lets a record through; without filters all pass."""
    patterns = [entry["Pattern"] for entry in filters]
    return not patterns or any(matches(json.loads(pattern), record) for pattern in patterns)


_ABSENT = object()
_COMPARISONS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _field(name: str, wanted: Any, event: Mapping[str, Any]) -> bool:
    if name == "$or":
        return any(matches(alternative, event) for alternative in wanted)
    return _fits(wanted, event.get(name, _ABSENT))


def _fits(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return matches(wanted, value if isinstance(value, Mapping) else {})
    candidates = value if isinstance(value, list) else [value]
    return any(_accepts(condition, candidate) for condition in wanted for candidate in candidates)


def _accepts(condition: Any, value: Any) -> bool:
    if not isinstance(condition, Mapping):
        return bool(condition == value)
    match dict(condition):
        case {"exists": bool(wanted)}:
            return (value is not _ABSENT) == wanted
        case {"anything-but": excluded}:
            return value is not _ABSENT and not _excluded(excluded, value)
        case {"numeric": list(bounds)}:
            return _within(bounds, value)
    return _text_accepts(dict(condition), value)


def _text_accepts(condition: dict[str, Any], value: Any) -> bool:
    match condition:
        case {"prefix": str(start)}:
            return isinstance(value, str) and value.startswith(start)
        case {"suffix": str(end)}:
            return isinstance(value, str) and value.endswith(end)
        case {"equals-ignore-case": str(text)}:
            return isinstance(value, str) and value.lower() == text.lower()
    raise UnknownOperatorError(f"The event pattern {condition!r} is not known to the local host.")


def _excluded(excluded: Any, value: Any) -> bool:
    if isinstance(excluded, Mapping):
        return _accepts(excluded, value)
    return value in (excluded if isinstance(excluded, list) else [excluded])


def _within(bounds: list[Any], value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    return all(_COMPARISONS[sign](value, bound) for sign, bound in pairs)
