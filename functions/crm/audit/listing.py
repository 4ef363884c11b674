"""Finds entries: by customer by their places, else by day. Who asks seldom reads more, so that who writes pays less.

By member of staff there is no list of its own: the days asked for are read, and other people's entries left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crm.audit import chain
from crm.audit.chain import ENDS, Stored
from crm.audit.models import CHAIN, PLACES, Head, day_of, numbered
from crm.core import items, table
from crm.core.config import settings
from crm.core.paging import Page, PageRequest

_MOST_ASKS = 60
"""So many reads for one page; where it found little by then, the next goes on."""
_AT_ONCE = 200
_ALL_TIME = ("0001-01-01", "9999-12-31T")


@dataclass(frozen=True)
class Wanted:
    """Which entries: of a customer, by a member of staff, at times from (inclusive) to (exclusive), RFC 3339 UTC.

    `event`: done, denied or read; None: all.
    """

    customer: str | None = None
    staff: str | None = None
    since: str | None = None
    until: str | None = None
    event: str | None = None

    def holds(self, entry: Stored) -> bool:
        """Whether an entry is one of them."""
        says = entry.says
        by = self.staff is None or says.get("who") == self.staff
        of = self.customer is None or says.get("about") == self.customer
        is_such = self.event is None or says.get("event") == self.event
        return by and of and is_such and (self.since or "") <= str(says.get("at")) < (self.until or ENDS)


def page(wanted: Wanted, request: PageRequest) -> Page[Stored]:
    """Entries, the last first. Raises InvalidFields on a foreign cursor."""
    found = list[Stored]()
    place = request.after
    for _ in range(_MOST_ASKS):
        if wanted.customer is None:
            entries, place = _of_day(wanted, place)
        else:
            entries, place = _of_customer(wanted, wanted.customer, place)
        for entry in entries:
            if len(found) == request.limit:
                return Page(found, request.cursor_at(_after(found[-1], wanted)))
            if wanted.holds(entry):
                found.append(entry)
        if place is None:
            break
    return Page(found, request.cursor_at(place))


def last_at(head: Head) -> str:
    """When what the last entry tells of happened; the day of UTC under which it stands, where it cannot be read."""
    name = numbered(int(head.number))
    item = items.one(f"{CHAIN}{head.day}", name)
    return str(Stored(head.day, name, item or {}).says.get("at") or head.day)


def _after(entry: Stored, wanted: Wanted) -> str:
    if wanted.customer is None:
        return f"{entry.day}|{entry.name}"
    return str(entry.item["place"])


def _of_day(wanted: Wanted, place: str | None) -> tuple[list[Stored], str | None]:
    """The entries of a part of a day, and where to go on; None at the end."""
    head = Head.read()
    if head is None:
        return [], None
    day, _, name = (place or f"{_last_day(wanted, head)}|").partition("|")
    first = max(head.first_day, day_of(wanted.since or _ALL_TIME[0]))
    if day < first:
        return [], None
    entries = chain.page(day, after=name or None, limit=_AT_ONCE, backwards=True)
    if entries:
        return entries, f"{day}|{entries[-1].name}"
    before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    return [], f"{before}|" if before >= first else None


def _last_day(wanted: Wanted, head: Head) -> str:
    """What the stream was late with is linked on the next day, no later: it forgets after twenty-four hours."""
    if not wanted.until:
        return head.day
    return min(head.day, (date.fromisoformat(day_of(wanted.until)) + timedelta(days=1)).isoformat())


def _of_customer(wanted: Wanted, customer: str, place: str | None) -> tuple[list[Stored], str | None]:
    begin, end = wanted.since or _ALL_TIME[0], place or wanted.until or _ALL_TIME[1]
    asked: dict[str, Any] = {
        "TableName": settings().crm_table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :begin AND :end",
        "ExpressionAttributeValues": table.to_item({":pk": f"{PLACES}{customer}", ":begin": begin, ":end": end}),
        "ScanIndexForward": False,
        "Limit": _AT_ONCE,
    }
    found = [table.from_item(item) for item in table.client().query(**asked)["Items"]]
    places = [one for one in found if one["sk"] != place]
    entries = list(_entries(places))
    return entries, str(found[-1]["sk"]) if len(found) == _AT_ONCE else None


def _entries(places: Sequence[dict[str, Any]]) -> Iterator[Stored]:
    keys = {str(one["sk"]): (f"{CHAIN}{one['day']}", numbered(int(one["number"]))) for one in places}
    stored = items.many(keys.values(), consistent=False)
    for sk, key in keys.items():
        if key in stored:
            yield Stored(key[0].removeprefix(CHAIN), key[1], {**stored[key], "place": sk})
