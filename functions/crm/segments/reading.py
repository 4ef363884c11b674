"""Segments as their readers see them: the truth's item put together with the views."""

from decimal import Decimal

from crm.core import clock, views
from crm.core.paging import PageRequest
from crm.core.projection import SWEEP_PROGRESS
from crm.segments import models, schemas
from crm.segments.projection import LANGUAGE_PREFIX, TOTALS_NAME, totals_key

_ZERO = Decimal(0)


def shown(segment: models.Segment) -> schemas.Segment:
    """The segment with the totals of the rule that is complete, and how far the filling under a new one is."""
    totals = _totals(segment) if segment.live_epoch else None
    target = schemas.Building(rule=models.from_text(segment.rule), rule_version=segment.rule_version)
    return schemas.Segment(
        id=segment.segment_id,
        name=segment.name,
        rule=models.from_text(segment.live_rule or segment.rule),
        rule_version=segment.live_version or segment.rule_version,
        version=segment.version,
        state="building" if segment.is_building else "ready",
        building=target if segment.is_building else None,
        progress=_progress(segment) if segment.is_building else None,
        members=totals.members if totals else None,
        totals=totals,
        as_of=clock.stamp(),
        created_at=segment.created_at,
        updated_at=segment.updated_at,
    )


def page(request: PageRequest) -> schemas.SegmentList:
    """A page of segments by id."""
    found, place = models.Segment.page(after=request.after, limit=request.limit)
    return schemas.SegmentList(items=[shown(segment) for segment in found], next=request.cursor_at(place))


def _totals(segment: models.Segment) -> schemas.Totals:
    sums = views.total(totals_key(segment.live_epoch), TOTALS_NAME)
    languages = {
        name.removeprefix(LANGUAGE_PREFIX): int(n) for name, n in sums.items() if name.startswith(LANGUAGE_PREFIX)
    }
    return schemas.Totals(
        members=int(sums.get("members", _ZERO)),
        spent=sums.get("spent", _ZERO),
        purchases=int(sums.get("purchases", _ZERO)),
        interactions=int(sums.get("interactions", _ZERO)),
        by_language=dict(sorted(languages.items())),
    )


def _progress(segment: models.Segment) -> schemas.Progress:
    """How far the sweep is that fills the segment; nothing while it waits for its turn."""
    sweep = views.item(SWEEP_PROGRESS)
    if sweep is None or sweep["epoch"] < segment.rule_epoch:
        return schemas.Progress(done=0, share=0.0)
    done, expected = int(sweep["done"]), int(sweep["expected"])
    return schemas.Progress(done=done, share=min(round(done / expected, 2), 0.99) if expected else None)
