"""Puts beside the writes of a transaction a record of who had them written, where no item of it carries that itself."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from crm.audit import deeds, kinds
from crm.audit.deeds import Deed
from crm.audit.models import BUSINESS, CUSTOMER, Record
from crm.changes import rules as change_rules
from crm.core import cause, clock, ids, items
from crm.core.cause import Cause, Writes
from crm.core.config import settings

_MONTH = len("2026-11")
MOST_BYTES, MOST_OF_CUSTOMER = 20_000, 2_000
"""Of values in one record; of more the longest go first, which stand in the item itself as well."""


def records(_: Cause, writes: Writes) -> list[dict[str, Any]]:
    """The puts that belong to these writes; of several customers one for each. What changes nothing needs none."""
    if any(map(deeds.carries, writes)):
        return []
    told = [one for one in map(deeds.deed, writes) if kinds.is_told(one)]
    before = items.many(one.key for one in told if not one.is_new)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in told:
        was = before.get(one.key, {})
        about = kinds.whose(one, was)
        found[about].append(_told(one, was, about))
    at = clock.stamp()
    return [put(_record(about, at, of)) for about, of in found.items()]


def put(record: Record) -> dict[str, Any]:
    """The put of a record, as DynamoDB takes it."""
    return {"Put": {"TableName": settings().crm_table, "Item": record.serialize()}}


def _record(about: str, at: str, told: list[dict[str, Any]]) -> Record:
    pk = f"{CUSTOMER}{about}" if about else f"{BUSINESS}{at[:_MONTH]}"
    return Record.placed(pk, record_id=ids.new(), at=at, event="done", audit=cause.carried(about), deeds=told)


def _told(one: Deed, was: Mapping[str, Any], about: str) -> dict[str, Any]:
    changes = one.changes(was)
    if about:
        changes = change_rules.fitting(changes, most=MOST_OF_CUSTOMER)
    elif kinds.may_be_kept(one):
        changes = change_rules.fitting(changes, most=MOST_BYTES)
    else:
        changes = {name: {"changed": True} for name in changes}
    did = deeds.CHANGED if was and one.did == deeds.MADE else one.did
    (pk, sk), kind = one.key if about else kinds.shown(one), one.kind or str(was.get("entity", ""))
    return {"pk": pk, "sk": sk, "did": did, "kind": kind, "changes": changes}
