"""Consistent reads of many items at once, and the rules as they are now."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.projection import EMPTY_RULES, Key, Rules
from crm.segments import filling

EPOCH_KEY: Key = ("RULES", "EPOCH")
_MOST_KEYS = 100
_LOAD_TRIES = 8

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Truth:
    """Items of the truth as they were at one look, low-level, and the epoch of the rules at that look."""

    items: Mapping[Key, Raw]
    epoch: int


class _Known:
    """The rules that this process has loaded; the epoch is compared at every use."""

    rules: Rules | None = None


def forget_rules() -> None:
    """Load the rules anew at the next use; for tests that change the world under a running process."""
    _Known.rules = None


def truth(keys: Iterable[Key]) -> Truth:
    """Look at items of the truth and at the rules' epoch."""
    found = dict(read(settings().crm_table, [EPOCH_KEY, *keys]))
    epoch = found.pop(EPOCH_KEY, None)
    return Truth(found, int(epoch["epoch"]["N"]) if epoch else 0)


def rules_at(epoch: int) -> Rules:
    """The rules of an epoch, or of a later one if they have changed meanwhile."""
    if epoch == 0:
        return EMPTY_RULES
    if _Known.rules is None or _Known.rules.epoch != epoch:
        _Known.rules = _loaded(epoch)
    return _Known.rules


def _loaded(epoch: int) -> Rules:
    """The rules between two looks at an unchanged epoch, so that they are of that epoch and no other."""
    for pause in table.pauses():
        rules = Rules(epoch, filling.rules_to_hold())
        now = truth(()).epoch
        if now == epoch:
            return rules
        epoch = now
        time.sleep(pause)
    raise StoreUnavailable("the rules change faster than they can be read")


def read(name: str, keys: Iterable[Key]) -> dict[Key, Raw]:
    """The items of a table under these keys, consistently, in as few calls as there can be."""
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, Raw] = {}
    for start in range(0, len(wanted), _MOST_KEYS):
        found |= _read_some(name, wanted[start : start + _MOST_KEYS])
    return found


def _read_some(name: str, keys: list[Key]) -> dict[Key, Raw]:
    asked: Any = {name: {"Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys], "ConsistentRead": True}}
    found: dict[Key, Raw] = {}
    for pause in table.pauses():
        answer = table.client().batch_get_item(RequestItems=asked)
        found |= {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Responses"].get(name, [])}
        asked = answer.get("UnprocessedKeys")
        if not asked:
            return found
        time.sleep(pause)
    raise StoreUnavailable("the store leaves keys unread")
