"""One group: its rule in words, what its members come to, how it grew, who is in it and why."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.console import group_names
from crm.console.asked import Page, Visit
from crm.console.groups import chart
from crm.console.groups import telling as group_telling
from crm.console.groups.chart import Line, Point
from crm.core.errors import NotBuiltYet, ViewsBeingBuilt
from crm.core.paging import PageRequest
from crm.segments import growth, members, reading, saying, service, why
from crm.segments.models import STATIC, Segment
from crm.segments.orders import Sort
from crm.segments.schemas import GrowthDay

DAYS = (30, 90, 365)
_AT_ONCE = 25


def show(visit: Visit) -> Page:
    """The page. Raises NotFound, also for a group that tells of what the reader does not see."""
    segment = service.get(segment_id=visit.asked.names["segment_id"], hidden=visit.actor.hidden)
    values = {**about(visit, segment), **_members(visit, segment), "candidates": None, "has_more": False}
    values |= {"who": visit.asked.query.get("who", ""), "done": visit.asked.query.get("done")}
    if values["who"] and values["is_picked"] and values["may_write"]:
        values["candidates"], values["has_more"] = _candidates(visit, segment, values["who"])
    if visit.asked.is_partial:
        return Page("groups/candidates.html", values)
    return Page("groups/group.html", {**values, **_numbers(visit, segment)})


def _candidates(visit: Visit, segment: Segment, who: str) -> tuple[list[tuple[Mapping[str, Any], bool]], bool]:
    """Whom the words fit, each with whether they are in the group already; and whether there may be more."""
    # Here, as few groups are picked by hand.
    from crm.console.customers import find
    from crm.segments import handpicked

    found, has_more = find.anybody(visit, who)
    profiles = handpicked.read([str(one["id"]) for one in found])
    return [(one, handpicked.is_in(profiles.get(str(one["id"]), {}), segment)) for one in found], has_more


def about(visit: Visit, segment: Segment) -> Mapping[str, Any]:
    """What each page about one group begins with."""
    return {
        "group": segment,
        "group_name": group_names.called(segment, visit.language),
        "group_id": segment.segment_id,
        "is_picked": segment.kind == STATIC,
        "in_words": group_telling.in_words(segment, visit.language, saying.names_for([segment])),
        "may_write": visit.actor.may("segments.write"),
    }


def _numbers(visit: Visit, segment: Segment) -> Mapping[str, Any]:
    """Sums and growth, of who sees numbers over all customers."""
    none = {"sums": None, "percent": None, "growth": None, "counts": group_telling.counts(visit.actor)}
    if not none["counts"]:
        return none
    days = next((one for one in DAYS if str(one) == visit.asked.query.get("days")), DAYS[0])
    try:
        shown = reading.shown(segment, language=visit.language.tag)
        grown = growth.of(segment, days=days).days
    except ViewsBeingBuilt:
        return none
    share = shown.progress.share if shown.progress else None
    lines = _lines(grown, visit)
    told = {"days": grown, "chosen": days, "choices": DAYS, "size": _SIZE}
    told |= {"lines": [chart.text(one) for one in lines], "dots": chart.dots(lines)}
    return {**none, "sums": shown.totals, "percent": None if share is None else int(100 * share), "growth": told}


_SIZE = (chart.WIDTH, chart.HEIGHT)


def _lines(days: list[GrowthDay], visit: Visit) -> list[Line]:
    points = [
        Point(date.fromisoformat(one.date).toordinal() + one.days, one.members, is_anew=one.baseline is not None)
        for one in days
    ]
    return chart.lines(points, right_to_left=visit.language.direction == "rtl")


def _members(visit: Visit, segment: Segment) -> Mapping[str, Any]:
    """A page of those within reach, each with the reasons; None while nobody can say who is in it."""
    actor, query = visit.actor, visit.asked.query
    sort = next((one for one in Sort if one == query.get("sort")), Sort.NAME)
    values = {"members": None, "next": None, "sort": str(sort), "sorts": [str(one) for one in Sort]}
    if not actor.may("customers.read"):
        return {**values, "members": []}
    scope = f"console segment:{segment.segment_id}:{sort}:{actor.scope}"
    request = PageRequest(scope, _AT_ONCE, query.get("after") or None)
    try:
        found, next_ = members.profiles(
            segment, request, sort=sort, direction=None, within=actor.within("customers.read")
        )
    except (NotBuiltYet, ViewsBeingBuilt):
        return values
    reasons = why.of(segment, found, language=visit.language.tag)
    shown = group_telling.members(found, actor)
    return {**values, "members": list(zip(shown, reasons, strict=True)), "next": next_}
