"""Compares what the views hold because of items with what they should hold, and changes nothing.

Two questions. Is the state what the item's projection says? If not, a stream record may be on its way; so a difference
comes with a print of the item and the state, and is looked at again later. And do the entries stand as the state says?
State and entries are written in one transaction, so one look at both together tells at once.

A difference is no drift while a job is still on its way to the item: a sweep under way for states of an older epoch,
and today's wake for those whose day has come.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from crm.core import table
from crm.core.config import settings
from crm.core.projection import Key, Projected, Rules
from crm.fanout import service as fanout
from crm.views import counting, reading, refresh, waking
from crm.views.difference import steps
from crm.views.parking import ProjectionFailed
from crm.views.reading import Raw
from crm.views.registry import families_of
from crm.views.state import State, digest, source, state_key
from crm.views.unreadable import readable

_TOGETHER = 90
"""Of the 100 items that one transaction reads."""


@dataclass(frozen=True)
class Difference:
    """A family of an item whose state is not what its projection says. `print` changes with either of them.

    `is_expected`: a job is still on its way here.
    """

    key: Key
    family: str
    print: str
    is_expected: bool


@dataclass(frozen=True)
class _Looked:
    key: Key
    family: str
    state: State
    wanted: Projected


@dataclass(frozen=True)
class Compared:
    """States that differ, entries that are not as their state says: (item, family, entry), and what is `parked`."""

    differences: tuple[Difference, ...]
    entries: tuple[tuple[Key, str, Key], ...]
    parked: frozenset[Key]


def compare(keys: Iterable[Key]) -> Compared:
    """Compare the views of these items. What cannot be projected is left out, and states that cannot be read.

    Raises the store's errors.
    """
    wanted = [key for key in dict.fromkeys(keys) if families_of(key[1])]
    raw = reading.read(settings().views_table, refresh.places(wanted))
    seen, rules = reading.look(wanted, partial(refresh.companions, wanted))
    by_item = {key: _looked_at(key, raw, seen.items, rules) for key in wanted}
    looked = [one for found in by_item.values() for one in found or ()]
    other = [one for one in looked if _differs(one, rules)]
    late = _late(one.state for one in other)
    return Compared(
        tuple(_difference(one, seen.items, rules, swept=not late) for one in other),
        tuple(found for one in _suspect(looked) for found in _wrong_entries(*one)),
        frozenset(key for key, found in by_item.items() if found is None),
    )


def _looked_at(key: Key, raw: Mapping[Key, Raw], items: Mapping[Key, Raw], rules: Rules) -> list[_Looked] | None:
    """All families of an item, their sums under the number that is read; None if one of them cannot be projected."""
    read = (rules.counts[0],)
    item = table.from_item(items[key]) if key in items else None
    found: list[_Looked] = []
    for family in families_of(key[1]):
        state = readable(raw.get(state_key(key, family)))
        try:
            projected = refresh.projected(key, family, item, items, rules)
        except ProjectionFailed:
            return None
        if state is not None:
            found.append(_Looked(key, family, counting.kept(state, read), counting.under(projected, read)))
    return found


def _differs(one: _Looked, rules: Rules) -> bool:
    return bool(steps(one.key, one.family, state=one.state, wanted=one.wanted, epoch=rules.epoch))


def _late(states: Iterable[State]) -> bool:
    """Whether a sweep is under way, asked only where there is a difference to explain."""
    if not list(states):
        return False
    sweep = fanout.progress("sweep")
    return sweep is not None and not sweep.run.is_finished


def _difference(one: _Looked, items: Mapping[Key, Raw], rules: Rules, *, swept: bool) -> Difference:
    beside = refresh.companions([one.key], rules.companions)
    seen = [items.get(key) for key in (one.key, *beside)]
    listed = sorted((*key, found) for key, found in one.state.listings.items())
    added = sorted(
        (*key, *sorted((name, str(amount)) for name, amount in amounts.items()))
        for key, amounts in one.state.totals.items()
    )
    text = repr((list(map(_ordered, seen)), listed, added, rules.epoch))
    is_expected = (not swept and one.state.epoch < rules.epoch) or _is_waking(one, rules)
    return Difference(one.key, one.family, hashlib.blake2b(text.encode(), digest_size=12).hexdigest(), is_expected)


def _is_waking(one: _Looked, rules: Rules) -> bool:
    """Whether the item stands among those to be woken today."""
    return waking.waking_key(one.key, family=one.family, day=rules.day) in one.state.listings


def _suspect(looked: list[_Looked]) -> list[tuple[_Looked, dict[Key, Mapping[str, Any]]]]:
    """Those with entries which do not stand as they should, at a first glance; and these entries as they should be."""
    claimed = {id(one): _claimed(one) for one in looked}
    there = reading.read(settings().views_table, (key for entries in claimed.values() for key in entries))
    found: list[tuple[_Looked, dict[Key, Mapping[str, Any]]]] = []
    for one in looked:
        wrong = {key: entry for key, entry in claimed[id(one)].items() if not _stands(there.get(key), entry)}
        if wrong:
            found.append((one, wrong))
    return found


def _claimed(one: _Looked) -> dict[Key, Mapping[str, Any]]:
    """The entries of which state and projection say the same, as they should stand."""
    of = source(one.key, one.family)
    return {
        key: table.to_item({**entry, "pk": key[0], "sk": key[1], "of": of})
        for key, entry in one.wanted.listings.items()
        if one.state.listings.get(key) == digest(entry)
    }


def _wrong_entries(one: _Looked, suspects: Mapping[Key, Mapping[str, Any]]) -> list[tuple[Key, str, Key]]:
    """Those which are wrong when state and entries are read at one moment."""
    found: list[tuple[Key, str, Key]] = []
    keys = list(suspects)
    for start in range(0, len(keys), _TOGETHER):
        some = keys[start : start + _TOGETHER]
        raw, *there = _at_one_moment((state_key(one.key, one.family), *some))
        state = readable(raw)
        found += [
            (one.key, one.family, key)
            for key, entry in zip(some, there, strict=True)
            if state is not None
            and state.listings.get(key) == one.state.listings[key]
            and not _stands(entry, suspects[key])
        ]
    return found


def _at_one_moment(keys: Iterable[Key]) -> list[Raw | None]:
    name = settings().views_table
    asked: list[Any] = [{"Get": {"TableName": name, "Key": table.to_item({"pk": pk, "sk": sk})}} for pk, sk in keys]
    return [answer.get("Item") for answer in table.client().transact_get_items(TransactItems=asked)["Responses"]]


def _stands(there: Raw | None, entry: Mapping[str, Any]) -> bool:
    # As values: the store writes numbers in its own way.
    return there is not None and table.from_item(there) == table.from_item(entry)


def _ordered(value: Any) -> Any:
    """A low-level item in a text that is the same for equal items."""
    if isinstance(value, Mapping):
        return sorted((name, _ordered(inner)) for name, inner in value.items())
    return value
