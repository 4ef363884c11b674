"""What the passing of days asks for: today is raised, and the jobs of the day are queued, each once at least.

A tick asks what is due by what stands in the table, not by the hour: a tick that died or never came is made up for
by the next. The day rises before its jobs are queued, so they find it risen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from crm.business import service as business
from crm.business.rules import Business
from crm.core import queue, table
from crm.core.config import settings
from crm.core.projection import EDITION, Key
from crm.views import day as days
from crm.views import reading, renewal
from crm.views.models import Upkeep

UPKEEP_KEY: Key = ("RULES", "UPKEEP")
_SWEPT_FOR, _EDITION = "swept_for", "edition"


@dataclass(frozen=True)
class Duty:
    """A job that is queued every so many days, as `{"job": …, "day": "2026-11-22"}`.

    `at_once`: with the first tick of all, when a new shop has nothing yet; else after so many days.
    """

    job: str
    every_days: int = 1
    at_once: bool = True


def tick(duties: Iterable[Duty]) -> list[str]:
    """Raise the day to the business's date and queue what is due; the names of the jobs queued."""
    stand = _raised(business.current())
    known, asked = _known(), list(duties)
    begun = {duty.job: stand.day.isoformat() for duty in asked if not duty.at_once and duty.job not in known}
    known = {**known, **begun}
    due = {duty.job: stand.day.isoformat() for duty in asked if _is_due(duty, known, stand.day)}
    for job, day in due.items():
        _send({"job": job, "day": day})
    if known.get(_SWEPT_FOR) != stand.place:
        _send({"job": "sweep", "epoch": stand.epoch})
        due["sweep"] = ""
    if due or begun:
        # Only then: whoever dies in between has them queued twice, and none not at all.
        Upkeep.keyed(done={**known, **due, _SWEPT_FOR: stand.place}).save()
    return list(due)


def renew() -> None:
    """Have the views extended to this version's edition, from the second tick on that sees it; see `renewal`."""
    known = _known()
    if known.get(_EDITION) == str(EDITION):
        renewal.begin()
    else:
        Upkeep.keyed(done={**known, _EDITION: str(EDITION)}).save()


def _raised(here: Business) -> reading.Stand:
    """How the rules stand once they are of today, and of where the business is now."""
    stand = reading.truth(()).stand
    today = days.today(here)
    is_here = (stand.leap_day, stand.timezone) == (here.leap_day, here.timezone.key)
    if today <= stand.day and is_here:
        return stand
    if today > stand.day:
        days.raise_to(today)
    if not is_here:
        days.move_to(here, epoch=stand.epoch)
    return reading.truth(()).stand


def _known() -> Mapping[str, str]:
    item = reading.read(settings().crm_table, [UPKEEP_KEY]).get(UPKEEP_KEY)
    known: Mapping[str, str] = table.from_item(item)["done"] if item else {}
    return known


def _is_due(duty: Duty, known: Mapping[str, str], today: date) -> bool:
    last = known.get(duty.job)
    return last is None or date.fromisoformat(last) + timedelta(days=duty.every_days) <= today


def _send(message: Mapping[str, object]) -> None:
    queue.send(settings().jobs_queue_url, message)
