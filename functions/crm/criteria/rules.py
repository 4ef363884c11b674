"""Does a customer belong to a group? A pure function of the rule and the profile.

    {"all": […]}  {"any": […]}  {"not": {…}}  {"field": "facts.spent", "op": "ge", "value": "100.00"}

Of a field that is not known every comparison is false. `ne` is the opposite of `eq`, so it holds for a field that is
not known; ask for `exists` as well where that is not meant. How values compare: crm.criteria.fields.
"""

from collections.abc import Mapping
from typing import Any

from crm.criteria.fields import Span, kind_of, value_of


def matches(rule: Mapping[str, Any], profile: Mapping[str, Any]) -> bool:
    """Whether a profile (plain values, numbers as Decimal) fulfils a rule that `problems` has accepted."""
    if "all" in rule:
        return all(matches(part, profile) for part in rule["all"])
    if "any" in rule:
        return any(matches(part, profile) for part in rule["any"])
    if "not" in rule:
        return not matches(rule["not"], profile)
    return _holds(rule["field"], rule["op"], rule["value"], profile)


def _holds(field: str, op: str, value: Any, profile: Mapping[str, Any]) -> bool:
    stored = value_of(profile, field)
    if op == "exists":
        return (stored is not None) is value
    if op == "ne":
        return not _holds(field, "eq", value, profile)
    if stored is None:
        return False
    if op == "in":
        return any(_compares(field, "eq", stored, one) for one in value)
    return _compares(field, op, stored, value)


def _compares(field: str, op: str, stored: Any, value: Any) -> bool:
    if isinstance(stored, (list, set)):
        return any(_compares(field, "eq" if op == "contains" else op, one, value) for one in stored)
    kind = kind_of(field)
    span = kind.span(stored, value) if kind else None
    return span is not None and _in_order(op, span)


def _in_order(op: str, span: Span) -> bool:  # noqa: PLR0911 - one line per operator reads best
    point, low, high = span
    match op:
        case "eq":
            return bool(low <= point <= high)
        case "lt":
            return bool(point < low)
        case "le":
            return bool(point <= high)
        case "gt":
            return bool(point > high)
        case "ge":
            return bool(point >= low)
        case "contains":
            return str(low) in str(point)
        case _:
            return str(point).startswith(str(low))
