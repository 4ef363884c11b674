"""Projects every item of the truth under new rules, in pieces (crm.fanout says how, and why nothing is left out).

A sweep for a later epoch takes the place of the one under way. What is created or changed while the scan goes on has
stream records of its own, and whoever projects those reads the epoch consistently, so it makes no difference on which
side of the scan they fall.
"""

import time
from collections.abc import Iterable

from crm.core import table
from crm.core.projection import Key
from crm.fanout import service as fanout
from crm.segments import filling
from crm.views import reading, renewal
from crm.views.refresh import refresh_batch
from crm.views.registry import FILTER, FILTER_NAMES, FILTER_VALUES

EVERYTHING = fanout.Scan("crm", FILTER, FILTER_NAMES, FILTER_VALUES)
"""All items that views are made of."""


def begin_sweep(*, epoch: int, message_id: str) -> None:
    """Begin a sweep at `epoch` or later, unless there is one that covers it already, or never was a rule.

    Raises the store's errors.
    """
    if rank := max(epoch, reading.truth(()).stand.epoch):
        fanout.begin(SWEEP, rank=rank, request=message_id)


def refresh_all(keys: Iterable[Key], *, anew: bool = False) -> None:
    """Bring the views in line with all of these. Raises the passing error of one that could not be: call again."""
    failed = refresh_batch(keys, anew=anew)
    for pause in table.pauses():
        if not failed:
            return
        time.sleep(pause)
        failed = refresh_batch(failed, anew=anew)
    for error in failed.values():
        raise error


def _project(page: fanout.Page) -> fanout.Tally:
    refresh_all(page.keys)
    return {}


def _show(run: fanout.Run, _: fanout.Tally) -> None:
    """New rules are shown to their readers, and so is what a new version has added."""
    filling.make_live(swept_epoch=run.rank)
    renewal.swept(run.rank)


SWEEP = fanout.Job("sweep", EVERYTHING, _project, _show)
