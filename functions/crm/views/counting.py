"""Sums counted anew while they change.

A sum stands under a number: `sum` under 0, `sum␟3` under 3. Readers read one number (crm.core.built). To count anew, a
second number is put beside it in the truth, where the rules' epoch stands, and from then on every projection wants its
amounts under both. To the projector that is a change like any other: states say what has been added under which
number, so what is not there is added, in the transactions that move the states. A job then goes through all states and
adds what is not under the new number yet. When it has, the sums under both numbers are what the states say, but for
what has gone wrong with the old ones; and since every transaction adds the same under both, their difference stays the
same however much is written meanwhile. So the recount is exact, and what it finds is drift and nothing else.

What could be missed is a state made by a projector that did not know of the second number: it looks at the numbers
again after its write, as it does at the epoch, and adds what is missing; and if it dies, its record comes again. The
job begins only when every process that may not know is over, so that this is not taken for drift.

What a state has under other numbers than those being kept is forgotten with its next write: nobody reads those sums,
and they are thrown away whole. Numbers never come again.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from crm.core.grouped import Grouped, groups_of
from crm.core.projection import Key, Projected
from crm.core.views import count_of, counted, plain
from crm.views.state import State

Totals = Mapping[Key, Mapping[str, Decimal]]


def counts_of(item: Mapping[str, Any]) -> tuple[int, ...]:
    """The numbers being kept, by the low-level item of the truth: what is read, and what is being counted if any is."""
    read, latest = (int(item[name]["N"]) if name in item else 0 for name in ("count", "recount"))
    return (read, latest) if latest > read else (read,)


def under(projected: Projected, counts: tuple[int, ...]) -> Projected:
    """What is projected, its sums under these numbers."""
    if counts == (0,) or not projected.totals:
        return projected
    groups = groups_of(projected.totals)
    totals = Grouped((counted(name, count), amounts, pks) for count in counts for name, amounts, pks in groups)
    return replace(projected, totals=totals)


def kept(state: State, counts: tuple[int, ...]) -> State:
    """A state without what it says of numbers that are no longer kept."""
    groups = groups_of(state.totals)
    left = [group for group in groups if count_of(group[0]) in counts]
    return state if len(left) == len(groups) else replace(state, totals=Grouped(left))


def recounted(state: State, counts: tuple[int, ...]) -> Totals:
    """What a state's sums are to be under these numbers, whatever its item says by now: as under its first number.

    Whoever died between two steps left a part under the latest; the first has all of it, whichever that is.
    """
    first = min((count_of(name) for _, name in state.totals), default=0)
    known = {(pk, plain(name)): added for (pk, name), added in state.totals.items() if count_of(name) == first}
    return {(pk, counted(name, count)): added for count in counts for (pk, name), added in known.items()}
