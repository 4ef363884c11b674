"""Counts states under the numbers being kept, as they are, and says how many there are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.core import table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.projection import FLOW, Key
from crm.core.views import count_of, plain
from crm.views import counting, reading, transaction
from crm.views.difference import Step, steps_of_sums
from crm.views.registry import item_of
from crm.views.state import State
from crm.views.unreadable import readable

_TRIES = 8


@dataclass(frozen=True)
class Counted:
    """The sums that the states add something to, under no number; and the states that cannot be read."""

    sums: frozenset[Key]
    unreadable: frozenset[Key]


def count(keys: Iterable[Key]) -> Counted:
    """Add to the sums under all numbers what these states say and is not there yet. Keys of other items are left out.

    The states are read before the numbers, as the projector does it, and moved with the sums; what a projector has
    moved meanwhile is read again. Raises the store's errors.
    """
    left = [key for key in keys if item_of(key)]
    sums, unreadable = set[Key](), set[Key]()
    for _ in range(_TRIES):
        raw = reading.read(settings().views_table, left)
        states = {key: state for key, item in raw.items() if (state := readable(item))}
        sums |= {(pk, plain(name)) for state in states.values() for pk, name in state.totals}
        unreadable |= raw.keys() - states.keys()
        moved: list[Step] = []
        for pack in transaction.packs(_planned(states), alone=()):
            moved += transaction.commit(pack)
        if not moved:
            return Counted(frozenset(sums), frozenset(unreadable))
        left = [key for key in left if item_of(key) in {step.key for step in moved}]
    raise StoreUnavailable("states change faster than they can be counted")


def forget_sums(keys: Iterable[Key]) -> None:
    """Throw away those of these items that are sums under a number which is no longer kept."""
    counts = reading.truth(()).stand.counts
    for pk, sk in keys:
        name = sk.rpartition("#")[0]
        if pk.startswith("TOTAL#") and name != FLOW and count_of(name) not in counts:
            key = table.to_item({"pk": pk, "sk": sk})
            table.client().delete_item(TableName=settings().views_table, Key=key)


def tally(keys: Iterable[Key]) -> dict[str, int]:
    """How many items each family has something in the views of, by `items:<family>`."""
    return dict(Counter(f"items:{family}" for pk, family in keys if item_of((pk, family))))


def _planned(states: Mapping[Key, State]) -> list[Step]:
    counts = reading.truth(()).stand.counts
    found: list[Step] = []
    for (pk, family), known in states.items():
        item = item_of((pk, family))
        if item is not None:
            totals = counting.recounted(known, counts)
            found += steps_of_sums(item, family, state=counting.kept(known, counts), totals=totals)
    return found
