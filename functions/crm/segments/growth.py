"""How a group grew, day by day: what the daily snapshots say, and today as it is now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from crm.business import service as business_service
from crm.core import clock, views
from crm.segments import schemas, snapshots
from crm.segments.models import Segment, Snapshot


@dataclass(frozen=True)
class Stand:
    """A group at the beginning of a day, or now. Counts of different rules or runs cannot be compared."""

    day: date
    rule_epoch: int
    run: str
    members: int
    spent: Decimal
    joined: int
    left: int


def of(segment: Segment, *, days: int) -> schemas.Growth:
    """The last days of a group, today the last of them and not over yet; days without a snapshot are joined to one."""
    zone = business_service.current().timezone
    today = clock.now().astimezone(zone).date()
    stands = [_stand(found) for found in _snapshots(segment, today - timedelta(days=days - 1), today)]
    if segment.live_epoch:
        now = snapshots.of(segment, day=today + timedelta(days=1), run=views.flows_begun() or "")
        stands.append(_stand(now))
    return schemas.Growth(id=segment.segment_id, days=list(between(stands, live_on=today)))


def between(stands: list[Stand], *, live_on: date) -> Iterator[schemas.GrowthDay]:
    """What lies between each stand and the next. Where nothing lies before a stand but its own day, it is the first."""
    if stands and stands[0].day > live_on:
        yield _beginning(stands[0], live_on)
    for earlier, later in pairwise(stands):
        baseline = _baseline(earlier, later)
        yield schemas.GrowthDay(
            date=earlier.day.isoformat(),
            days=(later.day - earlier.day).days,
            members=later.members,
            spent=later.spent,
            joined=None if baseline else later.joined - earlier.joined,
            left=None if baseline else later.left - earlier.left,
            baseline=baseline,
        )


def _beginning(stand: Stand, on: date) -> schemas.GrowthDay:
    return schemas.GrowthDay(
        date=on.isoformat(),
        days=1,
        members=stand.members,
        spent=stand.spent,
        joined=None,
        left=None,
        baseline="first",
    )


def _baseline(earlier: Stand, later: Stand) -> schemas.Baseline | None:
    if earlier.rule_epoch != later.rule_epoch:
        return "rule"
    return "rebuild" if earlier.run != later.run else None


def _snapshots(segment: Segment, first: date, last: date) -> list[Snapshot]:
    found = Snapshot.between(segment.segment_id, first.isoformat(), last.isoformat())
    # An earlier group may have had the same id, if it was made under the same Idempotency-Key.
    return [one for one in found if one.taken_at >= segment.created_at]


def _stand(found: Snapshot) -> Stand:
    return Stand(
        day=date.fromisoformat(found.day),
        rule_epoch=found.rule_epoch,
        run=found.run,
        members=found.members,
        spent=found.spent,
        joined=found.joined,
        left=found.left,
    )
