"""Puts records into the chain: each once, however often it is asked for and whoever dies in between.

An entry, the place by which its record is found, and the new head are one transaction: it fails where the place is
there already, or the head is not the one that was read. Nobody who writes a record waits for the head.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pynamodb.transactions import TransactWrite

from crm.audit import links
from crm.audit.models import Entry, Head, Place, day_of
from crm.audit.told import Told, is_record, told
from crm.core import clock, items, table
from crm.core.errors import StoreUnavailable
from crm.core.items import Key

MOST_TOGETHER = 45
"""Each takes two of a transaction's hundred items."""
_TRIES = 20
_BUSINESS = "BUSINESS"


@dataclass(frozen=True)
class _Record:
    key: Key
    told: Told

    @property
    def place(self) -> Key:
        return place_of(self.told)


def place_of(record: Told) -> Key:
    """Where it stands which entry is that of a record."""
    return Place.key_of(record.about or _BUSINESS, at=record.at, record=record.name)


def link(keys: Iterable[Key]) -> int:
    """Put what these items tell into the chain, as far as it is not in it; how many. Raises StoreUnavailable."""
    stored = items.many({key: None for key in keys if is_record(key[1])})
    found = [_Record(key, one) for key, item in stored.items() if (one := told(item))]
    # Two items of one record, one of which a merge has just made of the other, are one.
    left = _unlinked({record.place: record for record in sorted(found, key=lambda one: one.told.at)})
    count = len(left)
    for begin in range(0, count, MOST_TOGETHER):
        _append(left[begin : begin + MOST_TOGETHER])
    return count


def _unlinked(records: Mapping[Key, _Record]) -> list[_Record]:
    known = items.many(records, only=("number",))
    return [record for place, record in records.items() if place not in known]


def _append(records: list[_Record]) -> None:
    for _ in range(_TRIES):
        head = Head.read()
        try:
            table.commit(partial(_write, records, head))
        except table.ConditionFailed:
            records = _unlinked({record.place: record for record in records})
            if not records:
                return
        else:
            return
    raise StoreUnavailable("the chain is being written by many at once")


def _write(records: Sequence[_Record], head: Head | None, transaction: TransactWrite) -> None:
    now = clock.stamp()
    number, last = (head.number, head.hash) if head else (0, links.START)
    # Days of entries never go back, whoever's clock does.
    day = max(day_of(now), head.day) if head else day_of(now)
    for record in records:
        number += 1
        text = links.text(record.told, number=number, linked_at=now, record=record.key)
        before, last = last, links.chained(last, text)
        key, mac = links.sealed(last)
        entry = Entry.linked(day=day, number=number, text=text, before=before, hash=last, key=key, mac=mac)
        transaction.save(entry, condition=Entry.pk.does_not_exist())
        transaction.save(Place(*record.place, day=day, number=number), condition=Place.pk.does_not_exist())
    after = Head.keyed(number=number, hash=last, first_day=head.first_day if head else day, day=day)
    still = (Head.number == head.number) & (Head.hash == head.hash) if head else Head.pk.does_not_exist()
    transaction.save(after, condition=still)
