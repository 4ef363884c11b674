"""Who is due: reads of the calendar that the projector keeps. Each costs what it finds, not how many there are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.calendar import asking, feasts, keys, rules
from crm.calendar.asking import Part
from crm.calendar.occasions import Beginning, Occasion, kept_on, occurrence_on, year_of
from crm.core import beside, views
from crm.core.config import settings
from crm.core.errors import ForeignCursor

# With what else a page reads meanwhile, about as many as a client keeps connections.
_AT_ONCE = 6


@dataclass(frozen=True)
class Entry:
    """One customer's occasion on a local day. `zone` is the customer's own, or `-` for the business's.

    `years` have passed since it began, where that is known. `place` is where a listing goes on after this entry.
    """

    customer_id: str
    name: str
    zone: str
    occasion_on: date
    occurrence: str
    years: int | None
    place: str


@dataclass(frozen=True)
class Resident:
    """A customer and the zone they live in, or `-` for the business's."""

    customer_id: str
    name: str
    zone: str
    place: str


def entries(occasion: Occasion, *, day: date, leap_day: str, after: str | None = None) -> Iterator[Entry]:
    """Everybody whose occasion falls on the local date `day`, of all zones; `after` is the `place` of an entry.

    One to five Queries; what they read is what is found, but for customers without a zone, of whose instants those
    of the days next to it are read as well. Raises ForeignCursor.
    """
    if occasion.feast is not None:
        yield from _feast(occasion.feast, day=day, after=after)
        return
    first, behind = _place(after)
    for number, part in enumerate(asking.parts(occasion, day=day, leap_day=leap_day)):
        if number >= first:
            start = behind if number == first and behind else part.after
            for item in views.each(part.pk, after=start, until=part.until):
                yield from _entry(item, occasion, day=day, leap_day=leap_day, part=number)


def first(asked: Sequence[tuple[Occasion, date]], *, leap_day: str, most: int) -> tuple[list[list[Entry]], bool]:
    """The first whose occasion falls on its day, for several at once; and whether they are all.

    One Query for each part of the calendar, of `most` entries; nobody waits for more than one, or few where they are
    many. A second old at most.
    """
    parts = [
        (number, part, each)
        for number, (one, day) in enumerate(asked)
        for part, each in enumerate(_parts(one, day=day, leap_day=leap_day))
    ]
    answers = beside.each(lambda one: _first(one[2], most), parts, most=_AT_ONCE)
    found: list[list[Entry]] = [[] for _ in asked]
    for (number, part, _), (entries_of_part, _) in zip(parts, answers, strict=True):
        occasion, day = asked[number]
        for item in entries_of_part:
            found[number] += _any_entry(item, occasion, day=day, leap_day=leap_day, part=part)
    return found, all(last is None for _, last in answers)


def residents(*, zone: str | None = None, after: str | None = None) -> Iterator[Resident]:
    """All customers by zone, or those of one zone (`-`: without their own); `after` is the `place` of one of them."""
    # "$" follows "#": all places of the zone lie between.
    first, last = (None, None) if zone is None else (f"{zone}#", f"{zone}$")
    for item in views.each(keys.RESIDENTS, after=after or first, until=last):
        yield Resident(str(item["customer"]), str(item.get("name", "")), str(item["zone"]), str(item["sk"]))


def _parts(occasion: Occasion, *, day: date, leap_day: str) -> list[Part]:
    if occasion.feast is None:
        return asking.parts(occasion, day=day, leap_day=leap_day)
    return [Part(keys.RESIDENTS) for feast, _ in feasts.on(day) if feast == occasion.feast][:1]


def _first(part: Part, most: int) -> tuple[list[dict[str, Any]], str | None]:
    return views.query(part.pk, after=part.after, until=part.until, limit=most, consistent=False)


def _any_entry(item: Mapping[str, Any], occasion: Occasion, *, day: date, leap_day: str, part: int) -> Iterator[Entry]:
    if occasion.feast is None:
        yield from _entry(item, occasion, day=day, leap_day=leap_day, part=part)
        return
    customer_id, name, zone = str(item["customer"]), str(item.get("name", "")), str(item["zone"])
    for occurrence in (occurrence for feast, occurrence in feasts.on(day) if feast == occasion.feast):
        yield Entry(customer_id, name, zone, day, occurrence, None, str(item["sk"]))


def _feast(feast: str, *, day: date, after: str | None) -> Iterator[Entry]:
    """A feast is everybody's."""
    for occurrence in (occurrence for found, occurrence in feasts.on(day) if found == feast):
        for one in residents(after=after):
            yield Entry(one.customer_id, one.name, one.zone, day, occurrence, None, one.place)


def _entry(item: Mapping[str, Any], occasion: Occasion, *, day: date, leap_day: str, part: int) -> Iterator[Entry]:
    zone = str(item["zone"])
    on = Beginning(occasion.source, str(item["began"])).local(
        rules.zone_of(zone, business=settings().business_timezone)
    )
    if occasion.yearly:
        falls = on.month_day in kept_on(day, occasion, leap_day=leap_day)
        falls = falls and rules.has_come_round(on.year, occurrence=year_of(day, occasion))
    else:
        falls = on.date == day
    if falls:
        years = None if on.year is None else year_of(day, occasion) - on.year
        name, occurrence = str(item.get("name", "")), occurrence_on(day, occasion)
        yield Entry(str(item["customer"]), name, zone, day, occurrence, years, f"{part}:{item['sk']}")


def _place(after: str | None) -> tuple[int, str | None]:
    if after is None:
        return 0, None
    part, colon, sk = after.partition(":")
    if not colon or not (part.isascii() and part.isdigit()):
        raise ForeignCursor.at("cursor")
    return int(part), sk
