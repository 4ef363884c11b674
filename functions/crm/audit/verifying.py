"""Walks the chain from its beginning and finds the first place where it is not as it was written.

An entry that was changed has another hash than it says; one that was removed leaves a gap in the numbers; one that was
put in has no number that is free, or follows nothing; two that changed places say other numbers than their keys. Who
computes all hashes anew lacks the key of the keyed ones. What was cut off at the end shows by the head, and where that
was set back, too, by a head that somebody has noted elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crm.audit import chain, links
from crm.audit.chain import Stored
from crm.audit.models import Head
from crm.audit.told import Told
from crm.core.reason import Reason

_MOST_DAYS = 200
"""Of one step, where there are days without an entry."""


@dataclass(frozen=True)
class Noted:
    """A head that was noted before: the number and the hash of the last entry then."""

    number: int
    hash: str


@dataclass(frozen=True)
class Walk:
    """How far a walk is: the last entry that was looked at, and `sealed`, the last that one of our keys vouches for."""

    day: str
    number: int = 0
    hash: str = links.START
    sealed: int = 0
    records: int = 0


@dataclass(frozen=True)
class Broken:
    """The first place that is not right: `what` changed, removed, inserted, reordered, truncated, forged, or record."""

    what: str
    number: int
    says: Reason


def begun() -> Walk | None:
    """The beginning of the chain; None where there is none."""
    head = Head.read()
    return Walk(head.first_day) if head else None


def step(walk: Walk, noted: Noted | None) -> tuple[Walk, Broken | None, bool]:
    """Look at the next entries: how far it is then, what is broken, and whether it is over."""
    head = Head.read()
    if head is None:
        return walk, Broken("truncated", walk.number + 1, Reason("the head of the chain is gone")), True
    for count, day in enumerate(chain.days(walk.day, max(head.day, walk.day))):
        after = f"{walk.number:012}" if day == walk.day and walk.number else None
        entries = chain.page(day, after=after)
        if entries or count == _MOST_DAYS:
            walk, broken = _looked_at(replace(walk, day=day), entries, noted)
            return walk, broken, broken is not None
    broken = _end(walk, head, noted)
    return walk, broken, True


def _looked_at(walk: Walk, entries: Sequence[Stored], noted: Noted | None) -> tuple[Walk, Broken | None]:
    records = chain.records_of(entries)
    for entry in entries:
        broken = next(_faults(walk, entry, records.get(entry.name), noted), None)
        if broken:
            return walk, broken
        stamp = entry.item
        is_sealed = links.is_ours(str(stamp["hash"]), key=str(stamp["key"]), mac=str(stamp["mac"]))
        number = walk.number + 1
        walk = replace(
            walk,
            number=number,
            hash=str(stamp["hash"]),
            sealed=number if is_sealed else walk.sealed,
            records=walk.records + (entry.name in records),
        )
    return walk, None


def _faults(walk: Walk, entry: Stored, record: Told | None, noted: Noted | None) -> Iterator[Broken]:
    """All that is wrong with an entry behind those that were right; what explains the rest first."""
    number, place = walk.number + 1, entry.number
    if place is None or place < number:
        yield Broken(
            "inserted",
            number,
            Reason("an entry stands under {name} on {day}, where none belongs", name=entry.name, day=entry.day),
        )
    elif place > number:
        yield Broken("removed", number, Reason("after entry {number} comes {place}", number=walk.number, place=place))
    yield from _misfits(walk, entry)
    hash_ = entry.item.get("hash")
    if noted and noted.number == number and noted.hash != hash_:
        yield Broken("forged", number, Reason("it is another entry than the one whose hash was noted"))
    if record and not _fits(entry.says, record):
        yield Broken(
            "record",
            number,
            Reason("the record {record} is not what the entry is of", record="|".join(entry.says["record"])),
        )


def _misfits(walk: Walk, entry: Stored) -> Iterator[Broken]:
    number, item, said = walk.number + 1, entry.item, entry.says.get("number")
    hash_ = links.chained(str(item.get("before")), str(item.get("text")))
    if hash_ != item.get("hash"):
        yield Broken("changed", number, Reason("its hash is not that of its text"))
    elif said != number:
        yield Broken("reordered", number, Reason("it says of itself that it is entry {said}", said=said))
    if links.is_ours(hash_, key=str(item.get("key")), mac=str(item.get("mac"))) is False:
        yield Broken("forged", number, Reason("it was not sealed with our key"))
    if item.get("before") != walk.hash:
        yield Broken("inserted", number, Reason("it does not follow the entry before it"))


def _fits(says: Mapping[str, Any], record: Told) -> bool:
    """Whether a record still holds what the entry was made of."""
    number, at, key = says["number"], says["linked_at"], (says["record"][0], says["record"][1])
    return links.text(record, number=number, linked_at=at, record=key) == links.canonical(says)


def _end(walk: Walk, head: Head, noted: Noted | None) -> Broken | None:
    if walk.number < head.number:
        return Broken("truncated", walk.number + 1, Reason("the head counts {number} entries", number=head.number))
    if (walk.number, walk.hash) != (head.number, head.hash):
        return Broken("inserted", head.number + 1, Reason("the head counts {number} entries", number=head.number))
    if noted and walk.number < noted.number:
        return Broken(
            "truncated", walk.number + 1, Reason("there were {number} when the head was noted", number=noted.number)
        )
    if walk.sealed < walk.number:
        return Broken("forged", walk.sealed + 1, Reason("no key of ours vouches for it or for what follows"))
    return None
