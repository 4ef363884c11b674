"""Writes steps to ViewsTable: each transaction moves states and everything they stand for together, or nothing."""

import secrets
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crm.core import table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.outbox import telling
from crm.core.projection import Key
from crm.core.views import EXACT, ZERO
from crm.views.difference import MOST_WRITES, Amounts, Step
from crm.views.state import state_key, to_values

SHARDS = 8
"""A sum is spread over so many items, since two projectors that add to one item at once hold each other up."""

_CONDITION = "ConditionalCheckFailed"


class Moved(StoreUnavailable):
    """Somebody else has moved one of the states, or writes to the same items; nothing was written."""


class Uncertain(StoreUnavailable):
    """The store did not say whether it wrote; the states tell."""


class Pack:
    """Steps that one transaction takes: a state once, and a sum once for all who add to it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._states: set[tuple[Key, str]] = set()
        self._sums: set[Key] = set()
        self._room = MOST_WRITES

    def takes(self, step: Step) -> bool:
        """Put a step in, if there is room for it and none of the same family is in already."""
        size = step.own_size + len(step.amounts.keys() - self._sums)
        if self.steps and (size > self._room or (step.key, step.family) in self._states):
            return False
        self.steps.append(step)
        self._states.add((step.key, step.family))
        self._sums |= step.amounts.keys()
        self._room -= size
        return True


def packs(steps: Iterable[Step], *, alone: Container[Key]) -> list[list[Step]]:
    """Steps shared out to transactions, in order; each of the items in `alone` has its own."""
    found: list[list[Step]] = []
    pack: Pack | None = None
    for step in steps:
        if pack is None or step.key in alone or not pack.takes(step):
            pack = Pack()
            pack.takes(step)
            found.append(pack.steps)
        if step.key in alone:
            pack = None
    return found


def commit(pack: Sequence[Step]) -> list[Step]:
    """Write a pack, all of it or nothing; then without the steps whose state somebody else has moved, which it gives.

    Conflicts with other transactions are waited out. Raises Moved, Uncertain, or the ClientError of a store that is
    busy or refuses what is in the pack.
    """
    left, moved = list(pack), list[Step]()
    for pause in table.pauses():
        if not left:
            return moved
        try:
            table.client().transact_write_items(TransactItems=_writes(left))
        except ClientError as error:
            codes = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if _CONDITION in codes:
                # The states come first, in the order of their steps.
                late = [step for step, code in zip(left, codes, strict=False) if code == _CONDITION]
                moved += late
                left = [step for step in left if step not in late]
                continue
            if table.PASSING_CODES.isdisjoint(codes):
                raise
        except BotoCoreError as error:
            raise Uncertain(type(error).__name__) from error
        else:
            return moved
        time.sleep(pause)
    raise Moved("others write to the same sums all the time")


def total_key(key: Key, shard: int) -> Key:
    """Where one shard of a sum stands."""
    return key[0], f"{key[1]}#{shard}"


def _writes(pack: Sequence[Step]) -> list[Any]:
    """The states, then the entries, then what others are told, then the sums."""
    name = settings().views_table
    writes: list[dict[str, Any]] = [_state_write(name, step) for step in pack]
    sums: dict[Key, list[Amounts]] = {}
    for step in pack:
        of = {"of": {"S": step.of}}
        writes += ({"Put": {"TableName": name, "Item": _item(key, entry) | of}} for key, entry in step.puts.items())
        writes += ({"Delete": {"TableName": name, "Key": _key(key)}} for key in step.deletes)
        for key, amounts in step.amounts.items():
            sums.setdefault(key, []).append(amounts)
    # Many groups are given the same by the same customers; what that comes to is computed once.
    known = {tuple(map(id, given)): given for given in sums.values()}
    together = {ids: _together(given) for ids, given in known.items()}
    added = ((key, together[tuple(map(id, given))]) for key, given in sums.items())
    writes += (telling(step.told) for step in pack if step.told)
    return writes + [_addition(name, key, amounts) for key, amounts in added if amounts]


def _together(given: Iterable[Amounts]) -> Amounts:
    """What several amounts come to by attribute, without those that come to nothing."""
    found: dict[str, Decimal] = {}
    for amounts in given:
        for attribute, amount in amounts.items():
            found[attribute] = EXACT.add(found.get(attribute, ZERO), amount)
    return {attribute: amount for attribute, amount in found.items() if amount}


def _state_write(name: str, step: Step) -> dict[str, Any]:
    key = state_key(step.key, step.family)
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    if step.before.token is not None:
        condition = {
            "ConditionExpression": "#token = :before",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": {":before": {"S": step.before.token}},
        }
    if step.after.token is None:
        return {"Delete": {"TableName": name, "Key": _key(key), **condition}}
    return {"Put": {"TableName": name, "Item": _item(key, to_values(step.after)), **condition}}


def _addition(name: str, key: Key, amounts: Amounts) -> dict[str, Any]:
    # Drawn for each attempt, so that two that met once do not meet again.
    place = total_key(key, secrets.randbelow(SHARDS))
    names = {f"#{index}": attribute for index, attribute in enumerate(amounts)}
    values = {f":{index}": {"N": format(amount, "f")} for index, amount in enumerate(amounts.values())}
    pairs = ", ".join(f"#{index} :{index}" for index in range(len(amounts)))
    return {
        "Update": {
            "TableName": name,
            "Key": _key(place),
            "UpdateExpression": f"ADD {pairs}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    }


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _item(key: Key, values: Mapping[str, Any]) -> dict[str, Any]:
    return {**table.to_item(values), **_key(key)}
