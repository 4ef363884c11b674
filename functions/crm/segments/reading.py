"""Segments as their readers see them: the truth's item put together with the views."""

from collections.abc import Collection
from functools import cache
from typing import cast

from crm.core import clock, views
from crm.core.paging import PageRequest, filled
from crm.fanout import service as fanout
from crm.segments import models, saying, schemas, seeing, totals


def shown(segment: models.Segment, *, language: str) -> schemas.Segment:
    """One segment, its rule in words of a language."""
    return _shown(segment, language, saying.names_for([segment]))


def _shown(
    segment: models.Segment, language: str, names: dict[str, str], defined: saying.Defined = saying.stored
) -> schemas.Segment:
    """The segment with the totals of the rule that is complete, and how far the filling under a new one is."""
    sums = totals.shown(views.totals(totals.key(segment.live_epoch))) if segment.live_epoch else None
    target = schemas.Building(rule=models.from_text(segment.rule), rule_version=segment.rule_version)
    return schemas.Segment(
        id=segment.segment_id,
        name=segment.name,
        kind=cast("schemas.Kind", segment.kind),
        rule=models.from_text(segment.live_rule or segment.rule),
        in_words=saying.in_words(segment, language=language, names=names, defined=defined),
        rule_version=segment.live_version or segment.rule_version,
        version=segment.version,
        state="building" if segment.is_building else "ready",
        building=target if segment.is_building else None,
        progress=progress(segment) if segment.is_building else None,
        members=sums.members if sums else None,
        totals=sums,
        as_of=clock.stamp(),
        created_at=segment.created_at,
        updated_at=segment.updated_at,
    )


def page(request: PageRequest, *, language: str, hidden: Collection[str] = ()) -> schemas.SegmentList:
    """A page of segments by id, of those that tell of no hidden field."""

    def ask(after: str | None, most: int) -> tuple[list[tuple[str, models.Segment]], str | None]:
        some, place = models.Segment.page(after=after, limit=most)
        return [(one.sk, one) for one in some if not seeing.tells(one, hidden)], place

    found, place = filled(ask, after=request.after, limit=request.limit, sees_all=not hidden)
    names = saying.names_for(found)
    defined = cache(saying.stored)
    items = [_shown(segment, language, names, defined) for segment in found]
    return schemas.SegmentList(items=items, next=request.cursor_at(place))


def progress(segment: models.Segment) -> schemas.Progress:
    """How far the sweep is that fills the segment; nothing while it waits for its turn."""
    sweep = fanout.progress("sweep")
    if sweep is None or sweep.run.rank < segment.rule_epoch:
        return schemas.Progress(done=0, expected=None, share=0.0, remaining=None)
    expected = sweep.run.expected or None
    # Not all of it before readers see the new rule, which is when the segment is no longer being filled.
    share = min(sweep.share, 0.99) if sweep.share is not None else None
    return schemas.Progress(done=sweep.done, expected=expected, share=share, remaining=sweep.remaining)
