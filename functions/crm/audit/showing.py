"""Entries as the API shows them: with the values of their records, where these still stand."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crm.audit import chain
from crm.audit.chain import Stored
from crm.audit.schemas import AuditEntry
from crm.audit.told import Told
from crm.core.values import number

_SAME = ("number", "at", "event", "way", "role", "of", "route", "request", "named")


def entries(found: Sequence[Stored]) -> list[AuditEntry]:
    """All of a page; their records are read at once."""
    records = chain.records_of(found)
    return [_entry(one.says, records.get(one.name)) for one in found]


def _entry(says: Mapping[str, Any], record: Told | None) -> AuditEntry:
    deeds = [_deed(deed, record, place) for place, deed in enumerate(says.get("deeds", ()))]
    address = record.marks.get("address") if record else None
    known = {name: says.get(name) for name in _SAME}
    customer, who = says.get("about"), says.get("who", "")
    more = {"who": who, "customer": customer, "address": address, "stands": record is not None, "deeds": deeds}
    return AuditEntry.model_validate({**known, **more})


def _deed(said: Mapping[str, Any], record: Told | None, place: int) -> dict[str, Any]:
    if record:
        stored = record.deeds[place]
        return {
            **said,
            "item": list(stored.key),
            "changes": {name: _plain(one) for name, one in stored.changes.items()},
        }
    return {**said, "changes": {name: {} for name in said["changes"]}}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    return value
