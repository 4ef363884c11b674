"""From what is applied to what should be: the writes in between, cut into steps of one transaction each.

Pure but for the tokens. A state written by a step says exactly what has been applied up to that step, so a process
may die between two of them.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from crm.core.projection import FLOW, SUM, Key, Projected
from crm.core.views import EXACT, ZERO, plain
from crm.views.counting import Totals
from crm.views.state import NO_STATE, State, digest, fresh_token, seal_of, source

MOST_WRITES = 90
"""Of the 100 that one DynamoDB transaction takes."""
_NOTHING: Mapping[str, Decimal] = {}
_ONE = Decimal(1)


@dataclass(frozen=True)
class Step:
    """One family of one item brought from a state to the next, and all that is written beside the state.

    `number`: how many steps of the family come before it.
    """

    key: Key
    family: str
    before: State
    after: State
    puts: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    deletes: tuple[Key, ...] = ()
    amounts: Mapping[Key, Mapping[str, Decimal]] = field(default_factory=dict)
    number: int = 0

    @property
    def of(self) -> str:
        """The item and family whose it is, as every entry names it."""
        return source(self.key, self.family)

    @property
    def own_size(self) -> int:
        """How many items it writes that are not sums, which it may share with other steps."""
        return 1 + len(self.puts) + len(self.deletes)


@dataclass(frozen=True)
class _Change:
    """One item to write: an entry (None: delete it) or amounts to add to a sum."""

    key: Key
    entry: Mapping[str, Any] | None = None
    digest: str = ""
    added: Mapping[str, Decimal] | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    flow: Mapping[str, Decimal] | None = None

    @property
    def size(self) -> int:
        return 1 if self.flow is None else 2


def steps(
    key: Key, family: str, *, state: State, wanted: Projected, epoch: int, sums_apart: bool = False
) -> list[Step]:
    """The steps from what is applied to what is wanted under the rules of `epoch`; none when they are equal.

    `sums_apart`: sums have a step of their own behind the entries. It costs a write of the state more, and many items
    can share one write of each sum.
    """
    entries, sums = list(_entries(state, wanted)), _sums(state, wanted.totals)
    if sums_apart and len(sums) > 1:
        return _stepwise(key, family, state, (entries, sums), epoch)
    return _sealed(_stepwise(key, family, state, ((*entries, *sums),), epoch), wanted)


def _sealed(found: list[Step], wanted: Projected) -> list[Step]:
    """The steps, the state after the last of them sealed if it has no sums."""
    if not found or wanted.totals or found[-1].after.token is None:
        return found
    last = found[-1]
    return [*found[:-1], replace(last, after=replace(last.after, seal=seal_of(wanted)))]


def steps_of_sums(key: Key, family: str, *, state: State, totals: Totals) -> list[Step]:
    """The steps after which the sums of a state are these, and all else is as it was."""
    return _stepwise(key, family, state, (_sums(state, totals),), state.epoch)


def _stepwise(key: Key, family: str, state: State, stretches: Iterable[Iterable[_Change]], epoch: int) -> list[Step]:
    found: list[Step] = []
    for part in itertools.chain.from_iterable(map(_parts, stretches)):
        before = found[-1].after if found else state
        found.append(replace(_step(key, family, before, part, epoch), number=len(found)))
    return found


def _parts(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Changes in order, as many together as one transaction takes beside the state."""
    part: list[_Change] = []
    room = MOST_WRITES - 1
    for change in changes:
        if change.size > room:
            yield part
            part, room = [], MOST_WRITES - 1
        part.append(change)
        room -= change.size
    if part:
        yield part


def _entries(state: State, wanted: Projected) -> Iterator[_Change]:
    # Many groups list the same entry; its digest is made once.
    digests = {id(entry): digest(entry) for entry in {id(one): one for one in wanted.listings.values()}.values()}
    for key, entry in wanted.listings.items():
        found = digests[id(entry)]
        if state.listings.get(key) != found:
            yield _Change(key, entry=entry, digest=found)
    for key in state.listings:
        if key not in wanted.listings:
            yield _Change(key)


def _sums(state: State, wanted: Totals) -> list[_Change]:
    # Many groups add the same amounts; what is added is computed once.
    known: dict[tuple[int, int], Mapping[str, Decimal]] = {}
    changes: list[_Change] = []
    for key in dict.fromkeys((*state.totals, *wanted)):
        old, new = state.totals.get(key, _NOTHING), wanted.get(key, _NOTHING)
        both = id(old), id(new)
        if both not in known:
            known[both] = _added(old, new)
        added = known[both]
        if added:
            changes.append(_Change(key, added=added, amounts=new))
    return _with_flows(changes, was_in=_joined(state.totals), is_in=_joined(wanted))


def _joined(totals: Totals) -> set[str]:
    """The partitions of the totals called SUM, under whatever number, that there is something in."""
    return {pk for (pk, name), amounts in totals.items() if amounts and plain(name) == SUM}


def _with_flows(changes: list[_Change], *, was_in: set[str], is_in: set[str]) -> list[_Change]:
    """The changes; who joins a total is counted with the first of its numbers, who leaves it with the last.

    So it is counted once: from the first on the state says that the item is in, until the last that it is not out.
    """
    crossing = was_in ^ is_in
    if not crossing:
        return changes
    found: dict[int, _Change] = dict(enumerate(changes))
    at: dict[str, list[int]] = {}
    for place, change in found.items():
        if change.key[0] in crossing and plain(change.key[1]) == SUM:
            at.setdefault(change.key[0], []).append(place)
    for pk, places in at.items():
        place, name = (places[0], "joined") if pk in is_in else (places[-1], "left")
        found[place] = replace(found[place], flow={name: _ONE})
    return list(found.values())


def _added(old: Mapping[str, Decimal], new: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    added = {name: EXACT.subtract(new.get(name, ZERO), old.get(name, ZERO)) for name in dict.fromkeys((*old, *new))}
    return {name: amount for name, amount in added.items() if amount}


def _step(key: Key, family: str, before: State, changes: list[_Change], epoch: int) -> Step:
    listings, totals = dict(before.listings), dict(before.totals)
    for change in changes:
        if change.added is not None:
            totals[change.key] = change.amounts
        elif change.entry is not None:
            listings[change.key] = change.digest
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
        amounts={change.key: change.added for change in changes if change.added is not None}
        | {(change.key[0], FLOW): change.flow for change in changes if change.flow is not None},
    )
