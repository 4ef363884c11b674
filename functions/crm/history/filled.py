"""The fields of a record that hold something, each by the pointer that its history and its sources name it by. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from crm.changes import rules as change_rules
from crm.core.values import number
from crm.history import rules

_BY_MEMBER = frozenset({"consent", "custom"})


def fields(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(pointer, value as JSON has it) of each that people fill; of `consent` and `custom` each member."""
    for name, value in record.items():
        if value in (None, [], {}) or name in change_rules.KEEPING | rules.NOT_BY_HAND:
            continue
        if name in _BY_MEMBER:
            yield from ((change_rules.pointer(name, member), plain(inner)) for member, inner in value.items())
        else:
            yield change_rules.pointer(name), plain(value)


def plain(value: Any) -> Any:
    """A stored value as JSON has it."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return value
