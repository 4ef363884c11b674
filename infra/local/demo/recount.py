"""The independent recount: what the CRM should say, computed from the input alone and by none of its code."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo.cdnow import Buyer

OPENS, CLOSES = time(9), time(20)
_TICK = timedelta(minutes=15)


@dataclass(frozen=True)
class Group:
    """A segment of the demo: its rule as the CRM takes it, and the same as plain Python."""

    name: str
    rule: dict[str, Any]
    holds: Callable[[Buyer], bool]


def _among_ours(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"all": [{"field": "source", "op": "eq", "value": "cdnow"}, *conditions]}


GROUPS = (
    Group("CDNOW: everybody", _among_ours(), lambda _: True),
    Group(
        "CDNOW: spent 100 or more",
        _among_ours({"field": "facts.spent", "op": "ge", "value": "100.00"}),
        lambda buyer: buyer.spent >= Decimal(100),
    ),
    Group(
        "CDNOW: bought once, never called",
        _among_ours(
            {"field": "facts.purchases", "op": "eq", "value": 1},
            {"not": {"field": "facts.last_contact_at", "op": "exists", "value": True}},
        ),
        lambda buyer: len(buyer.sales) == 1 and not buyer.calls,
    ),
    Group(
        "CDNOW: reads right to left, came back",
        _among_ours(
            {"any": [{"field": "language", "op": "eq", "value": language} for language in ("ur", "he")]},
            {"field": "facts.purchases", "op": "gt", "value": 1},
        ),
        lambda buyer: buyer.language in {"ur", "he"} and len(buyer.sales) > 1,
    ),
)


@dataclass(frozen=True)
class Sums:
    """Size and sums of a group."""

    members: int
    spent: Decimal
    purchases: int
    interactions: int
    by_language: dict[str, int]


def sums(buyers: list[Buyer], group: Group) -> Sums:
    """A group's size and sums, counted from the file."""
    inside = [buyer for buyer in buyers if group.holds(buyer)]
    return Sums(
        members=len(inside),
        spent=sum((buyer.spent for buyer in inside), Decimal(0)),
        purchases=sum(len(buyer.sales) for buyer in inside),
        interactions=sum(len(buyer.calls) for buyer in inside),
        by_language=dict(Counter(buyer.language for buyer in inside)),
    )


def greeted(buyers: list[Buyer], *, start: datetime, end: datetime) -> dict[str, set[int]]:
    """By customer number: the local years in which a quarter hour after `start`, up to `end`, falls on the birthday."""
    return {buyer.number: years for buyer in buyers if (years := set(_years(buyer, start, end)))}


def _years(buyer: Buyer, start: datetime, end: datetime) -> Iterator[int]:
    zone = ZoneInfo(buyer.timezone)
    for offset in range((end - start).days + 3):
        day = (start + timedelta(days=offset - 1)).astimezone(zone).date()
        if _is_kept_on(buyer.birthday[-5:], day) and _ticks_between(day, zone, start, end):
            yield day.year


def _is_kept_on(month_day: str, day: date) -> bool:
    """29 February is kept on 28 February in other years."""
    if month_day == "02-29" and day.year % 4:
        month_day = "02-28"
    return f"{day:%m-%d}" == month_day


def _ticks_between(day: date, zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    moment = datetime.combine(day, OPENS, zone)
    while moment < datetime.combine(day, CLOSES, zone):
        if start < moment <= end:
            return True
        moment += _TICK
    return False
