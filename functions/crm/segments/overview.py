"""All groups at once: how large each is, what its members come to, and how large it was a while ago."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from crm.core import items, views
from crm.segments import reading, schemas, seeing, totals
from crm.segments.models import Segment, Snapshot

_AT_ONCE = 8


@dataclass(frozen=True)
class Standing:
    """A group as it stands. `sums` None: never filled yet. `progress`: of its filling, while it is being filled.

    `members_before`: how many were in it at the beginning of the day that was asked for; None where nobody counted
    then, or counted under another rule.
    """

    segment: Segment
    sums: schemas.Totals | None
    progress: schemas.Progress | None
    members_before: int | None


def of(*, before: date, hidden: Collection[str], counts: bool) -> list[Standing]:
    """Every group that tells of no hidden field, with its numbers where `counts`. Raises ViewsBeingBuilt.

    Three round trips: the groups, how they stood on the day `before`, and the sums, which are read beside each other.
    """
    groups = [one for one in Segment.read_all() if not seeing.tells(one, hidden)]
    if not counts:
        return [Standing(one, None, None, None) for one in groups]
    then = _then(groups, before)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        sums = list(pool.map(_sums, groups))
    return [
        Standing(one, found, reading.progress(one) if one.is_building else None, then.get(one.segment_id))
        for one, found in zip(groups, sums, strict=True)
    ]


def _sums(segment: Segment) -> schemas.Totals | None:
    return totals.shown(views.totals(totals.key(segment.live_epoch))) if segment.live_epoch else None


def _then(groups: Sequence[Segment], day: date) -> dict[str, int]:
    """How many were in each, where that can be compared with now."""
    keys = {(one.pk, one.sk): group for group in groups for one in [Snapshot.keyed(group.segment_id, str(day))]}
    found = items.many(keys)
    return {
        keys[key].segment_id: int(stood["members"])
        for key, stood in found.items()
        if int(stood["rule_epoch"]) == keys[key].live_epoch and str(stood["taken_at"]) >= keys[key].created_at
    }
