"""Once a day the size of every group, written to the truth: what joined and left cannot be computed again later.

The views count who joins and leaves in sums that only rise. A snapshot keeps them as they stood, with the rule
(`rule_epoch`) and the views (`run`) in which they were counted; between two snapshots of the same rule and views the
difference is exact. The first snapshot of a day stands, however often the job comes.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from crm.core import clock, table, views
from crm.core.projection import FLOW, SUM
from crm.segments import totals
from crm.segments.models import Segment, Snapshot

KEPT_DAYS = 800
"""Two years can be laid over each other."""
_ZERO = Decimal(0)


def take(*, day: date, run: str) -> None:
    """Write the snapshots of a day that are not there yet. `run` names the views' counting."""
    for segment in Segment.read_all():
        if segment.live_epoch:
            _save(of(segment, day=day, run=run))


def of(segment: Segment, *, day: date, run: str) -> Snapshot:
    """How a filled group stands now."""
    found = views.totals(totals.key(segment.live_epoch))
    sums, flow = found.get(SUM, {}), found.get(FLOW, {})
    expires = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=KEPT_DAYS)
    return Snapshot.keyed(
        segment.segment_id,
        day.isoformat(),
        rule_epoch=segment.live_epoch,
        run=run,
        members=int(sums.get("members", _ZERO)),
        spent=sums.get("spent", _ZERO),
        joined=int(flow.get("joined", _ZERO)),
        left=int(flow.get("left", _ZERO)),
        taken_at=clock.stamp(),
        expires_at=int(expires.timestamp()),
    )


def _save(snapshot: Snapshot) -> None:
    with suppress(table.ConditionFailed):  # the first of the day stands
        table.commit(lambda transaction: transaction.save(snapshot, condition=Snapshot.pk.does_not_exist()))
