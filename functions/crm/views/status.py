"""How the views stand: whether they are whole, what the last reconciliation found, what is under way and parked."""

from crm.core import built
from crm.fanout import service as fanout
from crm.views import parking, report
from crm.views.schemas import FamilyOfViews, JobProgress, Reconciled, Views

_JOBS = ("sweep", "rebuild", "rebuild_views", "reconcile", "reconcile_views", "reconcile_again")
_MOST_PARKED = 1000


def status() -> Views:
    """All of it, in some ten small reads."""
    mark, last = built.read(), report.last()
    parked, _ = parking.parked_items(limit=_MOST_PARKED)
    return Views(
        whole=mark.is_whole if mark else built.builds_begun() == 0,
        reconciled=Reconciled(at=last.at, drift=last.drift, repaired=last.repaired) if last else None,
        families=[
            FamilyOfViews(family=name, **vars(family)) for name, family in (last.families if last else {}).items()
        ],
        jobs=[found for job in _JOBS if (found := _progress(job))],
        parked=len(parked),
    )


def _progress(job: str) -> JobProgress | None:
    found = fanout.progress(job)
    if found is None:
        return None
    return JobProgress(
        job=job,
        begun_at=found.run.begun_at,
        finished_at=found.run.finished_at,
        done=found.done,
        expected=found.run.expected or None,
        share=found.share,
    )
