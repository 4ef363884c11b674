"""Every quarter of an hour: is it another day at the business? Then what changes by time alone is queued."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.core import built, queue
from crm.core.config import settings
from crm.core.projection import EDITION
from crm.views import upkeep
from crm.views.upkeep import Duty

# Each is a job of handlers/jobs.py.
DUTIES = (
    Duty("wake"),
    Duty("snapshots"),
    Duty("patterns"),
    Duty("empty_bin"),
    Duty("reconcile", every_days=7, at_once=False),
    Duty("duplicates"),
    Duty("prune_pairs", every_days=7, at_once=False),
    Duty("nightly_imports"),
    Duty("stuck_events"),
    Duty("stuck_forms"),
)


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, list[str]]:
    queued = upkeep.tick(DUTIES)
    mark = built.read()
    if mark is None:
        # The views are new, or somebody has emptied the table.
        queue.send(settings().jobs_queue_url, {"job": "mark"})
    elif mark.is_whole and mark.edition < EDITION:
        upkeep.renew()
    return {"queued": queued}
