"""Keeps the cut points that a run has found: beside the rules, and with a new epoch of theirs only if they changed.

Whoever finishes a run may do so twice, or late: a run never undoes what a later one has found. While customers are
projected under new points, a group that asks for scores goes from its old members to its new ones, one by one.
"""

from functools import partial

from pynamodb.transactions import TransactWrite

from crm.core import queue
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.fanout import service as fanout
from crm.patterns import quintiles
from crm.patterns.models import CutPoints
from crm.segments import writes
from crm.segments.models import Epoch

_TRIES = 8


def keep(run: fanout.Run, found: dict[str, quintiles.Histogram]) -> CutPoints:
    """Put what a run has found in the place of what was known, and have all customers projected under it.

    The cut points that hold then.
    """
    for _ in range(_TRIES):
        known = CutPoints.read()
        if known is not None and known.rank >= run.rank:
            # Done before, perhaps by a worker that died before its message was sent.
            _project_all(known)
            return known
        kept = _as_item(run, found)
        if _written(kept, known):
            _project_all(kept)
            return kept
    raise StoreUnavailable("the rules change faster than cut points can be kept")


def _written(kept: CutPoints, known: CutPoints | None) -> bool:
    write = partial(_put, kept, known)
    if (known.cuts if known else {}) == kept.cuts:
        kept.epoch = known.epoch if known else 0
        return writes.committed(write)
    kept.epoch = Epoch.read() + 1
    return writes.committed_at(kept.epoch, write)


def _put(kept: CutPoints, known: CutPoints | None, transaction: TransactWrite) -> None:
    is_same = CutPoints.run == known.run if known else CutPoints.pk.does_not_exist()
    transaction.save(kept, condition=is_same)


def _as_item(run: fanout.Run, found: dict[str, quintiles.Histogram]) -> CutPoints:
    return CutPoints.keyed(
        cuts={measure: list(points) for measure, points in quintiles.cuts(found).items()},
        customers=sum(found[quintiles.FREQUENCY].values()),
        by_score={measure: quintiles.customers_by_score(measure, counts) for measure, counts in found.items()},
        rank=run.rank,
        run=run.id,
        day=str(run.facts["day"]),
        as_of=run.begun_at,
    )


def _project_all(kept: CutPoints) -> None:
    """A sweep at an epoch that is swept already, or is being swept, does nothing."""
    if kept.epoch:
        queue.send(settings().jobs_queue_url, {"job": "sweep", "epoch": kept.epoch})
