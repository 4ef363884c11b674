"""Entries of the views that no state holds: nobody would ever take them away.

An entry names the item and family whose it is, and whoever writes either writes both in one transaction. So one look at
both together tells; and the entry goes in a transaction that finds the state still as it was looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.core.projection import Key
from crm.views import reading
from crm.views.registry import item_of
from crm.views.state import source_of, state_key
from crm.views.unreadable import readable

_OWN = ("STATE#", "TOTAL#", "JOB#", "DRIFT#")


@dataclass(frozen=True)
class Orphan:
    """An entry, and the state that should hold it, as it was: its token, None where there is no state."""

    entry: Key
    of: Key
    token: str | None


def among(keys: Iterable[Key]) -> list[Orphan]:
    """Those of these items that are entries which their state does not hold. Raises the store's errors."""
    wanted = [key for key in keys if not key[0].startswith(_OWN)]
    entries = {key: raw for key, raw in reading.read(settings().views_table, wanted).items() if _is_entry(raw)}
    states = reading.read(settings().views_table, (_state_of(raw) for raw in entries.values()))
    suspects = [(key, _state_of(raw)) for key, raw in entries.items() if not _holds(states.get(_state_of(raw)), key)]
    return [orphan for entry, of in suspects if (orphan := _looked_at(entry, of))]


def owner(orphan: Orphan) -> tuple[Key, str]:
    """The item and the family whose it says it is; itself where there is no such kind of item."""
    return item_of(orphan.of) or orphan.entry, orphan.of[1]


def remove(found: Iterable[Orphan]) -> None:
    """Take them away, but for those whose state has moved: whoever moved it knew better."""
    name, client = settings().views_table, table.client()
    for orphan in found:
        check: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if orphan.token is not None:
            check = {
                "ConditionExpression": "#token = :token",
                "ExpressionAttributeNames": {"#token": "token"},
                "ExpressionAttributeValues": {":token": {"S": orphan.token}},
            }
        writes: list[Any] = [
            {"ConditionCheck": {"TableName": name, "Key": _low(orphan.of), **check}},
            {"Delete": {"TableName": name, "Key": _low(orphan.entry)}},
        ]
        try:
            client.transact_write_items(TransactItems=writes)
        except client.exceptions.TransactionCanceledException as error:
            reasons: Any = error.response.get("CancellationReasons", [])
            if "ConditionalCheckFailed" not in {reason.get("Code") for reason in reasons}:
                raise


def _looked_at(entry: Key, of: Key) -> Orphan | None:
    """The orphan, if it still is one when entry and state are read at one moment."""
    name = settings().views_table
    asked: list[Any] = [{"Get": {"TableName": name, "Key": _low(key)}} for key in (entry, of)]
    found = [answer.get("Item") for answer in table.client().transact_get_items(TransactItems=asked)["Responses"]]
    if found[0] is None or _holds(found[1], entry):
        return None
    return Orphan(entry, of, (found[1] or {}).get("token", {}).get("S"))


def _is_entry(raw: Mapping[str, Any]) -> bool:
    return "of" in raw and raw["of"]["S"].count("|") > 1


def _holds(state: Mapping[str, Any] | None, entry: Key) -> bool:
    # One that cannot be read is about to be made anew, with its entries.
    found = readable(state)
    return found is not None and entry in found.listings


def _state_of(raw: Mapping[str, Any]) -> Key:
    return state_key(*source_of(raw["of"]["S"]))


def _low(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
