"""Looks for the cut points: goes through all customers in pieces (crm.fanout), and counts what they bought.

Each page counts once, however often its message comes, and the day on which days are counted is that of the run's
beginning. A customer who buys meanwhile is counted as before or as after.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crm.calendar.rules import local_date
from crm.core import clock, items
from crm.fanout import service as fanout
from crm.patterns import groups, keeping, quintiles, suggesting
from crm.patterns.models import CutPoints
from crm.segments import asking

NAME = "patterns"
CUSTOMERS = fanout.Scan("crm", "sk = :profile", {}, {":profile": {"S": "PROFILE"}})
_EVERY = timedelta(days=7)
_LONGEST_RUN = timedelta(hours=6)


def begin(*, request: str) -> None:
    """Look for the cut points, unless somebody does already. `request` stays the same however often it comes.

    A run of six hours ago is taken for dead, and another takes its place. Raises the store's errors.
    """
    known = fanout.progress(NAME)
    now = clock.now()
    rank = int(now.timestamp())
    if known is not None and known.run.by == request:
        rank = known.run.rank
    elif known is not None:
        if not known.run.is_finished and now - datetime.fromisoformat(known.run.begun_at) < _LONGEST_RUN:
            return
        rank = max(rank, known.run.rank + 1)
    moment = asking.moment()
    fanout.begin(JOB, rank=rank, request=request, facts={"day": moment.day.isoformat(), "zone": str(moment.zone)})


def begin_if_due(*, day: str) -> None:
    """The same as a duty of the day: once a week, and daily until there is anybody who bought."""
    known = CutPoints.read()
    if known is None or not known.customers or date.fromisoformat(known.day) + _EVERY <= date.fromisoformat(day):
        begin(request=f"duty of {day}")


def measured(profile: Mapping[str, Any], *, day: date, zone: tzinfo) -> Iterator[tuple[str, Decimal]]:
    """(measure, value) of a customer who ever bought: days since the last purchase, purchases, money spent."""
    facts = profile.get("facts") or {}
    if not facts.get("purchases"):
        return
    last = local_date(datetime.fromisoformat(facts["last_purchase_at"]), zone)
    # What was bought some minutes after midnight may be of the day after the day of all projections.
    yield quintiles.RECENCY, Decimal(max((day - last).days, 0))
    yield quintiles.FREQUENCY, Decimal(facts["purchases"])
    yield quintiles.MONEY, Decimal(facts["spent"])


def _count(page: fanout.Page) -> fanout.Tally:
    day, zone = date.fromisoformat(str(page.facts["day"])), ZoneInfo(str(page.facts["zone"]))
    profiles = items.many(page.keys, only=("facts",)).values()
    return quintiles.tally(each for profile in profiles for each in measured(profile, day=day, zone=zone))


def _finish(run: fanout.Run, tallied: fanout.Tally) -> None:
    kept = keeping.keep(run, quintiles.histograms(tallied))
    if kept.customers:
        groups.make_first()
    suggesting.ask()


JOB = fanout.Job(NAME, CUSTOMERS, _count, _finish)
