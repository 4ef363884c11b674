"""Consistent reads of many items at once, and the rules as they are now."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.projection import EPOCH_KEY, Key, Rules
from crm.own_fields import service as own_field_service
from crm.segments import filling
from crm.views import counting
from crm.views import day as days

_MOST_KEYS = 100
_LOOKS = 8
_CUTS: Key = ("RULES", "CUTS")

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Stand:
    """What the rules are at one look: their epoch, and today for all projections; both only ever rise."""

    epoch: int
    day: date
    leap_day: str
    timezone: str
    counts: tuple[int, ...] = (0,)

    @property
    def place(self) -> str:
        """Where the business is, as far as projections reckon with it."""
        return f"{self.timezone} {self.leap_day}"

    def is_of(self, rules: Rules) -> bool:
        """Whether these are the rules of this look."""
        return self == Stand(rules.epoch, rules.day, rules.leap_day, rules.timezone, rules.counts)


@dataclass(frozen=True)
class Truth:
    """Items of the truth as they were at one look, low-level, and how the rules stood at that look."""

    items: Mapping[Key, Raw]
    stand: Stand


class _Known:
    """The rules that this process has loaded; the epoch is compared at every use."""

    rules: Rules | None = None


def forget_rules() -> None:
    """Load the rules anew at the next use; for tests that change the world under a running process."""
    _Known.rules = None


def truth(keys: Iterable[Key]) -> Truth:
    """Look at items of the truth and at how the rules stand. The first look of all sets today."""
    wanted = [EPOCH_KEY, *keys]
    found = read(settings().crm_table, wanted)
    if "day" not in found.get(EPOCH_KEY, {}):
        days.begin()
        found = read(settings().crm_table, wanted)
    stand = _stand(found.pop(EPOCH_KEY))
    return Truth(found, stand)


def look(keys: Iterable[Key], companions: Callable[[Iterable[str]], Iterable[Key]]) -> tuple[Truth, Rules]:
    """Look at items, and at the `companions` that the rules need, which are given for their sort keys."""
    wanted = list(keys)
    needed = _Known.rules.companions if _Known.rules else frozenset[str]()
    for _ in range(_LOOKS):
        seen = truth((*wanted, *companions(needed)))
        rules = rules_at(seen.stand)
        if rules.companions <= needed:
            return seen, rules
        needed = rules.companions
    raise StoreUnavailable("the rules change faster than items can be looked at")


def _stand(item: Raw) -> Stand:
    day = date.fromisoformat(item["day"]["S"])
    return Stand(int(item["epoch"]["N"]), day, item["leap_day"]["S"], item["timezone"]["S"], counting.counts_of(item))


def rules_at(stand: Stand) -> Rules:
    """The rules as they stood at a look, or as they are now if they have changed meanwhile."""
    if stand.epoch == 0:
        return Rules(**_beside(stand))
    if _Known.rules is None or _Known.rules.epoch != stand.epoch:
        _Known.rules = _loaded(stand)
    if not stand.is_of(_Known.rules):
        _Known.rules = replace(_Known.rules, **_beside(stand))
    return _Known.rules


def _beside(stand: Stand) -> dict[str, Any]:
    """What changes without the epoch."""
    return {"day": stand.day, "leap_day": stand.leap_day, "timezone": stand.timezone, "counts": stand.counts}


def _loaded(stand: Stand) -> Rules:
    """The rules between two looks at an unchanged epoch, so that they are of that epoch and no other."""
    for pause in table.pauses():
        segments = filling.rules_to_hold()
        searched = tuple(one.name for one in own_field_service.definitions() if one.searchable)
        now = truth((_CUTS,))
        if now.stand.epoch == stand.epoch:
            cuts = _cuts(now.items.get(_CUTS))
            return Rules(stand.epoch, segments=segments, cuts=cuts, searched=searched, **_beside(stand))
        stand = now.stand
        time.sleep(pause)
    raise StoreUnavailable("the rules change faster than they can be read")


def _cuts(item: Raw | None) -> Mapping[str, tuple[Decimal, ...]]:
    """{"cuts": {measure: [points]}} as the rules have it."""
    values = table.from_item(item or {})
    return {measure: tuple(points) for measure, points in values.get("cuts", {}).items()}


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
