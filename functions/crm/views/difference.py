"""From what is applied to what should be: the writes in between, cut into steps of one transaction each.

Pure but for the tokens. A state written by a step says exactly what has been applied up to that step, so a process
may die between two of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.core.projection import Key, Projected
from crm.core.views import EXACT, ZERO
from crm.views.state import NO_STATE, State, digest, fresh_token

MOST_WRITES = 90
"""Of the 100 that one DynamoDB transaction takes."""
_NOTHING: Mapping[str, Decimal] = {}


@dataclass(frozen=True)
class Step:
    """One family of one item brought from a state to the next, and all that is written beside the state."""

    key: Key
    family: str
    before: State
    after: State
    puts: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    deletes: tuple[Key, ...] = ()
    amounts: Mapping[Key, Mapping[str, Decimal]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many items it writes."""
        return 1 + len(self.puts) + len(self.deletes) + len(self.amounts)


@dataclass(frozen=True)
class _Change:
    """One item to write: an entry (None: delete it) or amounts to add to a sum."""

    key: Key
    entry: Mapping[str, Any] | None = None
    added: Mapping[str, Decimal] | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)


def steps(key: Key, family: str, *, state: State, wanted: Projected, epoch: int) -> list[Step]:
    """The steps from what is applied to what is wanted under the rules of `epoch`; none when they are equal."""
    changes = [*_entries(state, wanted), *_sums(state, wanted)]
    found: list[Step] = []
    for start in range(0, len(changes), MOST_WRITES - 1):
        part = changes[start : start + MOST_WRITES - 1]
        step = _step(key, family, found[-1].after if found else state, part, epoch)
        found.append(step)
    return found


def _entries(state: State, wanted: Projected) -> Iterator[_Change]:
    for key, entry in wanted.listings.items():
        if state.listings.get(key) != digest(entry):
            yield _Change(key, entry=entry)
    for key in state.listings:
        if key not in wanted.listings:
            yield _Change(key)


def _sums(state: State, wanted: Projected) -> Iterator[_Change]:
    for key in dict.fromkeys((*state.totals, *wanted.totals)):
        old, new = state.totals.get(key, _NOTHING), wanted.totals.get(key, _NOTHING)
        names = dict.fromkeys((*old, *new))
        added = {name: EXACT.subtract(new.get(name, ZERO), old.get(name, ZERO)) for name in names}
        added = {name: amount for name, amount in added.items() if amount}
        if added:
            yield _Change(key, added=added, amounts=new)


def _step(key: Key, family: str, before: State, changes: list[_Change], epoch: int) -> Step:
    listings, totals = dict(before.listings), dict(before.totals)
    for change in changes:
        if change.added is not None:
            totals[change.key] = change.amounts
        elif change.entry is not None:
            listings[change.key] = digest(change.entry)
        else:
            del listings[change.key]
    totals = {place: amounts for place, amounts in totals.items() if amounts}
    after = State(fresh_token(), epoch, listings, totals) if listings or totals else NO_STATE
    return Step(
        key,
        family,
        before,
        after,
        puts={change.key: change.entry for change in changes if change.entry is not None},
        deletes=tuple(change.key for change in changes if change.entry is None and change.added is None),
        amounts={change.key: change.added for change in changes if change.added is not None},
    )
