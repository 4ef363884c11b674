"""Reading the call list, which needs none of what makes and marks calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.calls.rules import partition
from crm.core import items, views
from crm.core.actor import Within
from crm.core.errors import ForeignCursor
from crm.core.paging import Page, PageRequest
from crm.customers.models import PROFILE
from crm.mail import orders
from crm.mail.orders import Order


@dataclass(frozen=True)
class Line:
    """One call: the message, its order, and the customer's profile, all as plain values read together."""

    order: Order
    message: Mapping[str, Any]
    profile: Mapping[str, Any]


def page(request: PageRequest, *, owners: Sequence[str], on: date, within: Within | None = None) -> Page[Line]:
    """The calls of a day: of each owner in turn, one Query each. Who was erased meanwhile is left out.

    So is who was given to an owner out of reach.
    """
    if not owners:
        return Page([], None)
    number, after = _place(request, len(owners))
    found: list[dict[str, Any]] = []
    while number < len(owners) and len(found) < request.limit:
        wanted = request.limit - len(found)
        entries, after = views.query(partition(owners[number]), after=after, limit=wanted, prefix=f"{on}#")
        found += entries
        number += after is None
    place = f"{number}|{after or ''}" if number < len(owners) else None
    lines = [one for one in _lines(found) if within is None or within.holds(one.profile.get("owner"))]
    return Page(lines, request.cursor_at(place))


def _lines(entries: Sequence[Mapping[str, Any]]) -> list[Line]:
    keys = [(str(entry["message"][0]), str(entry["message"][1])) for entry in entries]
    found = items.many({*keys, *((pk, PROFILE) for pk, _ in keys)})
    there = [(pk, sk) for pk, sk in keys if (pk, sk) in found and (pk, PROFILE) in found]
    return [Line(orders.of_item({"pk": pk, "sk": sk}), found[pk, sk], found[pk, PROFILE]) for pk, sk in there]


def _place(request: PageRequest, owners: int) -> tuple[int, str | None]:
    number, _, after = (request.after or "0|").partition("|")
    if not number.isdigit() or int(number) >= owners:
        raise ForeignCursor.at("cursor")
    return int(number), after or None
