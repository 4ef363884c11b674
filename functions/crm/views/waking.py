"""Entries for items whose projection changes by the passing of time alone, in the order of the day on which it does.

An entry is part of what the views hold because of its item: it comes, moves and goes in the transactions of the
item's other entries. So whoever projects all items whose day has come can stop anywhere and begin again: what has
been projected has moved, what has not is still there.
"""

import hashlib
from dataclasses import replace
from datetime import date

from crm.core.grouped import Grouped, groups_of
from crm.core.projection import Key, Projected

PARTS = 8
"""The entries of a day are spread over so many partitions, so that as many workers can share them."""


class ChangePassed(Exception):
    """A projection says that it changes on a day that is not to come: it would be woken for ever."""


def with_entry(projected: Projected, *, key: Key, family: str, day: date) -> Projected:
    """What is projected on `day`, and the entry that wakes the item for its next change. Raises ChangePassed."""
    change = projected.next_change_on
    if change is None:
        return projected
    if change <= day:
        raise ChangePassed(f"{change} is not later than {day}")
    pk, sk = waking_key(key, family=family, day=change)
    return replace(projected, listings=Grouped([*groups_of(projected.listings), (sk, {}, [pk])]))


def waking_key(key: Key, *, family: str, day: date) -> Key:
    """Where the entry of an item stands that is to be projected again on a day."""
    return partition(_part(key)), f"{day.isoformat()}#{key[0]}#{key[1]}#{family}"


def last_of(day: str) -> str:
    """Behind all sort keys of a day, and before those of the next."""
    return f"{day}$"


def partition(part: int) -> str:
    """The partition of ViewsTable with one part of the entries."""
    return f"WAKING#{part}"


def _part(key: Key) -> int:
    return hashlib.blake2b("|".join(key).encode(), digest_size=1).digest()[0] % PARTS
