"""Use cases around patterns: what was found, and looking for it anew."""

from decimal import Decimal

from crm.core import ids, queue
from crm.core.config import settings
from crm.fanout import service as fanout
from crm.patterns import collecting, quintiles, schemas, suggesting
from crm.patterns.models import CutPoints

JOB = collecting.JOB
begin = collecting.begin
begin_if_due = collecting.begin_if_due
suggest = suggesting.suggest
_ROUTE = "POST /patterns/refresh"
_FORGET = "DELETE /patterns"
_SWEEP = "sweep"
# An erasure takes minutes; SQS keeps nothing back for longer.
_UNTIL_GONE = 900


def refresh(*, caller: str, idempotency_key: str | None) -> None:
    """Have the cut points looked for anew, soon."""
    request = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    queue.send(settings().jobs_queue_url, {"job": collecting.NAME, "request": request})


def forget(*, caller: str, idempotency_key: str) -> None:
    """What was found goes once those have gone whom it was found in: the named groups that nobody has changed or uses.

    They come back with the first buyer. The numbers are looked for anew then, and there are none.
    """
    request = ids.derived(caller=caller, route=_FORGET, idempotency_key=idempotency_key)
    message = {"job": collecting.NAME, "request": request, "forget": True}
    queue.send(settings().jobs_queue_url, message, delay_seconds=_UNTIL_GONE)


def found() -> schemas.Patterns:
    """The cut points that hold, and whether anything is under way."""
    kept = CutPoints.read()
    state, progress = _state(kept)
    return schemas.Patterns(
        state=state,
        progress=progress,
        as_of=kept.as_of if kept else None,
        day=kept.day if kept else None,
        customers=kept.customers if kept else 0,
        recency=_score(kept, quintiles.RECENCY, "days since the last purchase"),
        frequency=_score(kept, quintiles.FREQUENCY, "purchases"),
        money=_score(kept, quintiles.MONEY, f"{settings().reporting_currency} spent"),
    )


def _state(kept: CutPoints | None) -> tuple[schemas.State, float | None]:
    """What is under way, and the part of it that is done."""
    run = fanout.progress(collecting.NAME)
    if run is not None and not run.run.is_finished:
        return "collecting", run.share
    if kept is None:
        return "none", None
    sweep = fanout.progress(_SWEEP) if kept.epoch else None
    if kept.epoch and (sweep is None or sweep.run.rank < kept.epoch):
        return "applying", 0.0
    if sweep is not None and not sweep.run.is_finished:
        return "applying", sweep.share
    return "ready", 1.0


def _score(kept: CutPoints | None, measure: str, unit: str) -> schemas.Score:
    points: list[Decimal] = kept.cuts.get(measure, []) if kept else []
    by_score: list[Decimal] = kept.by_score[measure] if kept else [Decimal(0)] * quintiles.PARTS
    return schemas.Score(
        unit=unit,
        cut_points=[format(point, "f") for point in points],
        customers_by_score=_numbered(by_score),
    )


def _numbered(sizes: list[Decimal]) -> dict[str, int]:
    return {str(score): int(size) for score, size in enumerate(sizes, start=1)}
