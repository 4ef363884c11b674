"""The views: bring them in line with the truth, and show what cannot be. To read them: crm.core.views."""

from typing import Any, Literal

from crm.core import ids, queue
from crm.core.config import settings
from crm.core.paging import Page, PageRequest
from crm.views import parking, reading
from crm.views.rebuild import REBUILD, REBUILD_VIEWS, begin_rebuild, keep_mark
from crm.views.reconcile import RECONCILE, RECONCILE_AGAIN, RECONCILE_VIEWS, begin_reconcile
from crm.views.refresh import refresh, refresh_batch
from crm.views.sweep import SWEEP, begin_sweep

__all__ = [
    "REBUILD",
    "REBUILD_VIEWS",
    "RECONCILE",
    "RECONCILE_AGAIN",
    "RECONCILE_VIEWS",
    "SWEEP",
    "ask",
    "begin_rebuild",
    "begin_reconcile",
    "begin_sweep",
    "epoch_now",
    "keep_mark",
    "parked",
    "refresh",
    "refresh_batch",
    "refresh_parked",
    "retry_parked",
]


def epoch_now() -> int:
    """The epoch of the rules, read consistently."""
    return reading.truth(()).stand.epoch


def parked(request: PageRequest) -> Page[dict[str, Any]]:
    """A page of the items that cannot be projected: {key, error, parked_at, tried_at, attempts}."""
    found, place = parking.parked_items(limit=request.limit, after=request.after)
    return Page(
        [
            {
                "key": "|".join(item["truth"]),
                "error": item["reason"],
                "parked_at": item["parked_at"],
                "tried_at": item["tried_at"],
                "attempts": int(item["attempts"]),
            }
            for item in found
        ],
        request.cursor_at(place),
    )


def ask(job: Literal["reconcile", "rebuild"], *, caller: str, idempotency_key: str | None) -> None:
    """Have all views reconciled or built anew, soon; the same request once."""
    request = ids.derived(caller=caller, route=f"POST /views/{job}", idempotency_key=idempotency_key)
    queue.send(settings().jobs_queue_url, {"job": job, "request": request})


def retry_parked() -> None:
    """Have all parked items projected again, soon."""
    queue.send(settings().jobs_queue_url, {"job": "retry_parked"})


def refresh_parked() -> dict[tuple[str, str], Exception]:
    """Project all parked items again, now; those that could not be tried, with the passing error."""
    failed: dict[tuple[str, str], Exception] = {}
    place: str | None = None
    while True:
        items, place = parking.parked_items(limit=100, after=place)
        failed |= refresh_batch((item["truth"][0], item["truth"][1]) for item in items)
        if place is None:
            return failed
