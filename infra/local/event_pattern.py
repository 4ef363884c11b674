"""EventBridge event patterns, as far as rules of this template use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class UnknownOperatorError(Exception):
    """A pattern uses an operator that the local host does not know; guessing would lose or invent events."""


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event fits: every named field must hold one of the listed values (of a list: any element).

    Knows literals, `prefix`, `exists` and `anything-but` with literals. Raises UnknownOperatorError.
    """
    return all(_fits(wanted, event.get(name, _ABSENT)) for name, wanted in pattern.items())


_ABSENT = object()


def _fits(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return matches(wanted, value if isinstance(value, Mapping) else {})
    candidates = value if isinstance(value, list) else [value]
    return any(_accepts(condition, candidate) for condition in wanted for candidate in candidates)


def _accepts(condition: Any, value: Any) -> bool:
    if not isinstance(condition, Mapping):
        return bool(condition == value)
    match dict(condition):
        case {"prefix": str(start)}:
            return isinstance(value, str) and value.startswith(start)
        case {"exists": bool(wanted)}:
            return (value is not _ABSENT) == wanted
        case {"anything-but": excluded} if not isinstance(excluded, Mapping):
            values = excluded if isinstance(excluded, list) else [excluded]
            return value is not _ABSENT and value not in values
    raise UnknownOperatorError(f"The event pattern {condition!r} is not known to the local host.")
