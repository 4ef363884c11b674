"""From what is applied to what should be: the writes in between, cut into steps of one transaction each.

Pure but for the tokens. A state written by a step says exactly what has been applied up to that step, so a process
may die between two of them.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from crm.core.grouped import Grouped, groups_of
from crm.core.outbox import Told
from crm.core.projection import FLOW, SUM, Key, Projected
from crm.core.views import EXACT, ZERO, plain
from crm.views.counting import Totals
from crm.views.state import NO_STATE, State, digested, fresh_token, seal_of, source

MOST_WRITES = 90
"""Of the 100 that one DynamoDB transaction takes."""
Amounts: TypeAlias = Mapping[str, Decimal]
_NOTHING: Amounts = {}
_ONE = Decimal(1)


@dataclass(frozen=True)
class Step:
    """One family of one item brought from a state to the next, and all that is written beside the state.

    `number`: how many steps of the family come before it. `told`: what others are told of with it.
    """

    key: Key
    family: str
    before: State
    after: State
    puts: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    deletes: tuple[Key, ...] = ()
    amounts: Mapping[Key, Amounts] = field(default_factory=dict)
    number: int = 0
    told: tuple[Told, ...] = ()

    @property
    def of(self) -> str:
        """The item and family whose it is, as every entry names it."""
        return source(self.key, self.family)

    @property
    def own_size(self) -> int:
        """How many items it writes that are not sums, which it may share with other steps."""
        return 1 + len(self.puts) + len(self.deletes) + bool(self.told)


class _Change(NamedTuple):
    """One item to write: an entry (None: delete it) or amounts to add to a sum."""

    key: Key
    entry: Mapping[str, Any] | None = None
    digest: str = ""
    added: Amounts | None = None
    amounts: Amounts = _NOTHING
    flow: Amounts | None = None

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
    listings = digested(wanted.listings)
    entries, sums = list(_entries(state, wanted, listings)), _sums(state, wanted.totals)
    if not entries and not sums:
        return []
    goal = _state(epoch, listings, wanted.totals, seal=seal_of(wanted))
    if sums_apart and len(sums) > 1:
        return _stepwise(key, family, state, (entries, sums), goal)
    return _stepwise(key, family, state, ((*entries, *sums),), goal)


def steps_of_sums(key: Key, family: str, *, state: State, totals: Totals) -> list[Step]:
    """The steps after which the sums of a state are these, and all else is as it was."""
    return _stepwise(key, family, state, (_sums(state, totals),), _state(state.epoch, state.listings, totals))


def _stepwise(key: Key, family: str, state: State, stretches: Iterable[Sequence[_Change]], goal: State) -> list[Step]:
    parts = list(itertools.chain.from_iterable(map(_parts, stretches)))
    found: list[Step] = []
    for number, part in enumerate(parts, 1):
        before = found[-1].after if found else state
        after = goal if number == len(parts) else _after(before, part, goal.epoch)
        found.append(_step(key, family, before, after, part, len(found)))
    return found


def _parts(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    """Changes in order, as many together as one transaction takes beside the state."""
    if 2 * len(changes) < MOST_WRITES:
        yield from [list(changes)] if changes else []
        return
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


def _entries(state: State, wanted: Projected, listings: Mapping[Key, str]) -> Iterator[_Change]:
    if groups_of(state.listings) == groups_of(listings):
        return
    for key, found in listings.items():
        if state.listings.get(key) != found:
            yield _Change(key, entry=wanted.listings[key], digest=found)
    for key in state.listings:
        if key not in listings:
            yield _Change(key)


def _sums(state: State, wanted: Totals) -> list[_Change]:
    changes = [
        _Change((pk, name), added=added, amounts=new)
        for name, old, new, pks in _pairs(state.totals, wanted)
        if (added := _added(old, new))
        for pk in pks
    ]
    return _with_flows(changes, was_in=joined(state.totals), is_in=joined(wanted))


def _pairs(old: Totals, new: Totals) -> Iterable[tuple[str, Amounts, Amounts, list[str]]]:
    """By name what was added, what is to be, and the partitions that have both in common."""
    was, now = groups_of(old), groups_of(new)
    if [(name, pks) for name, _, pks in was] == [(name, pks) for name, _, pks in now]:
        return [(name, before, after, pks) for (name, before, pks), (_, after, _) in zip(was, now, strict=True)]
    found: dict[tuple[str, int, int], tuple[str, Amounts, Amounts, list[str]]] = {}
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key, _NOTHING), new.get(key, _NOTHING)
        both = key[1], id(before), id(after)
        found.setdefault(both, (key[1], before, after, []))[3].append(key[0])
    return found.values()


def joined(totals: Totals) -> set[str]:
    """The partitions of the totals called SUM, under whatever number, that there is something in."""
    return {pk for name, amounts, pks in groups_of(totals) if amounts and plain(name) == SUM for pk in pks}


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
        found[place] = found[place]._replace(flow={name: _ONE})
    return list(found.values())


def _added(old: Amounts, new: Amounts) -> Amounts:
    added = {name: EXACT.subtract(new.get(name, ZERO), old.get(name, ZERO)) for name in dict.fromkeys((*old, *new))}
    return {name: amount for name, amount in added.items() if amount}


def _after(before: State, changes: Iterable[_Change], epoch: int) -> State:
    """The state half way: where some of the changes are written, and others are not."""
    listings, totals = dict(before.listings), dict(before.totals)
    for change in changes:
        if change.added is not None:
            totals[change.key] = change.amounts
        elif change.entry is not None:
            listings[change.key] = change.digest
        else:
            del listings[change.key]
    return _state(epoch, listings, totals)


def _state(epoch: int, listings: Mapping[Key, str], totals: Totals, *, seal: str = "") -> State:
    said = Grouped(group for group in groups_of(totals) if group[1])
    return State(fresh_token(), epoch, listings, said, seal) if listings or said else NO_STATE


def _step(key: Key, family: str, before: State, after: State, changes: list[_Change], number: int) -> Step:
    return Step(
        key,
        family,
        before,
        after,
        puts={change.key: change.entry for change in changes if change.entry is not None},
        deletes=tuple(change.key for change in changes if change.entry is None and change.added is None),
        amounts={change.key: change.added for change in changes if change.added is not None}
        | {(change.key[0], FLOW): change.flow for change in changes if change.flow is not None},
        number=number,
    )
