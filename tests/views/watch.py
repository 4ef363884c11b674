"""What must hold at every moment of a history, not only at its end.

Readers of a group see all of those who never change, or none. And no state goes back: once something newer of an item,
or under newer rules, or of a later day has been applied, nothing older is written over it while the state stands.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tests.views.people import is_timeless, predicate_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from tests.support.memory import Memory
    from tests.views.people import Key, Person

_RULES: Key = ("RULES", "EPOCH")
Seen = tuple[int, int, str]
"""Of an item at a look: how often it had changed, and the epoch and the day of the rules."""


class Watch:
    """Sees every call on its way to the tables. Raises AssertionError at the first that breaks a promise."""

    def __init__(self, memory: Memory, static: Iterable[Person], day: date) -> None:
        self.memory, self.static, self.day = memory, list(static), day
        self.changes: Counter[Key] = Counter()
        self.applied: dict[Key, Seen] = {}
        # Whoever reads is whoever writes: each worker does one thing after the other.
        self.seen: dict[str, dict[Key, Seen]] = defaultdict(dict)

    def begin_work(self) -> None:
        """This worker takes a new piece of work and knows nothing."""
        self.seen[threading.current_thread().name].clear()

    def changed(self, table: str, key: Key) -> None:
        """An item has been written or deleted."""
        if table == "crm":
            self.changes[key] += 1
        if key[0].startswith("SEGMENT"):
            self._require_whole_groups()

    def answered(self, operation: str, parameters: Mapping[str, Any], answer: Any) -> None:
        """A call has been answered to the worker of this thread."""
        if operation == "BatchGetItem":
            self._read(parameters["RequestItems"], answer["Responses"])

    def is_about_to(self, operation: str, parameters: Mapping[str, Any]) -> dict[Key, Seen]:
        """What a transaction will have applied, if it goes through."""
        if operation != "TransactWriteItems":
            return {}
        known, applied = self.seen[threading.current_thread().name], {}
        for write in parameters["TransactItems"]:
            put = write.get("Put", {}).get("Item", {})
            pk, family = put.get("pk", {}).get("S", ""), put.get("sk", {}).get("S", "")
            if pk.startswith("STATE#") and _item_of(pk) in known:
                applied[pk, family] = known[_item_of(pk)]
        return applied

    def went_through(self, applied: Mapping[Key, Seen]) -> None:
        """That transaction was committed."""
        for state, now in applied.items():
            before = self.applied.get(state)
            if before is not None:
                is_forward = before[0] <= now[0] and before[1] <= now[1] and before[2] <= now[2]
                assert is_forward, f"{state} goes back from {before} to {now}"
            self.applied[state] = now

    def forget_gone(self, table: str, key: Key, *, exists: bool) -> None:
        """Whoever finds no state begins anew."""
        if table == "views" and not exists:
            self.applied.pop(key, None)

    def _read(self, asked: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        rules = [item for item in found.get("crm", ()) if (item["pk"]["S"], item["sk"]["S"]) == _RULES]
        if not rules or "day" not in rules[0]:
            return
        stand = int(rules[0]["epoch"]["N"]), rules[0]["day"]["S"]
        known = self.seen[threading.current_thread().name]
        for key in asked["crm"]["Keys"]:
            item = key["pk"]["S"], key["sk"]["S"]
            known[item] = (self.changes[item], *stand)

    def _require_whole_groups(self) -> None:
        for (_, sk), item in list(self.memory.tables["crm"].items()):
            if not sk.startswith("SEGMENT#") or item["live_epoch"]["N"] == "0":
                continue
            text = item["live_rule"]["S"]
            if is_timeless(text):
                belongs = predicate_of(text, {})
                members = f"SEGMENT#{item['live_epoch']['N']}#name"
                held = {sk.rpartition("#")[2] for sk in self.memory.tables["views"].partitions.get(members, ())}
                for person in self.static:
                    assert (person.id in held) == belongs(person, self.day), f"{sk} read half: {sorted(held)}"


def _item_of(state: str) -> Key:
    """Whose state it is: `STATE#CUSTOMER#c0#PROFILE`."""
    _, kind, customer, sort = state.split("#", 3)
    return f"{kind}#{customer}", sort
