"""Mail that comes back for the time being: a full mailbox once is nothing, three days in a row close the address.

What is kept is the same whatever the order in which bounces and deliveries are reported, and however often.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.core.errors import StoreUnavailable
from crm.suppressions import service
from crm.suppressions.models import SoftBounces

MOST_DAYS = 3
REASON = f"mail to it came back on {MOST_DAYS} days with no delivery in between"

_TRIES = 6
# A delivery is kept for as long as an older bounce may still be reported; bounces may be a year of greetings apart.
_DELIVERY_KEPT = timedelta(days=20)
_BOUNCES_KEPT = timedelta(days=1100)


@dataclass(frozen=True)
class Run:
    """Bounces since the last delivery: the latest instant of each UTC day. What is not after `floor` does not count."""

    days: Mapping[str, str] = field(default_factory=dict)
    floor: str = ""
    closed: bool = False

    @property
    def closes(self) -> bool:
        """Whether so many days close the address."""
        return len(self.days) >= MOST_DAYS


def bounced(run: Run, *, at: str) -> Run:
    """The run with one more bounce; the same run when it is old or known."""
    day = at[:10]
    if at <= run.floor or run.days.get(day, "") >= at:
        return run
    return replace(run, days={**run.days, day: at})


def settled(run: Run, *, at: str) -> Run:
    """The run after a delivery: what came before it counts no more."""
    floor = max(run.floor, at)
    return replace(run, days={day: instant for day, instant in run.days.items() if instant > floor}, floor=floor)


def note_bounce(address: str, *, at: datetime) -> None:
    """A mail to the address came back for the time being; closes the address when it is too often."""
    _note(address, bounce=clock.instant(at))


def note_delivery(address: str, *, at: datetime) -> None:
    """A mail reached the address, so earlier bounces mean nothing any more."""
    _note(address, delivery=clock.instant(at))


def _note(address: str, *, bounce: str | None = None, delivery: str | None = None) -> None:
    for _ in range(_TRIES):
        item = _read(address)
        run = _run(address, item)
        after = bounced(run, at=bounce) if bounce else settled(run, at=delivery or "")
        if after == run or _written(address, item, run, replace(after, closed=after.closes)):
            return
    raise StoreUnavailable("the bounces of this address are being changed by many at once")


def _run(address: str, item: SoftBounces | None) -> Run:
    if item is None:
        return Run()
    if item.closed and "soft_bounces" not in service.read(address).stops:
        # A person has opened the address again: it begins with none.
        return Run({}, max([item.floor or "", *item.days.values()]))
    return Run(item.days, item.floor or "", item.closed)


def _read(address: str) -> SoftBounces | None:
    key = SoftBounces.keyed(address)
    try:
        return SoftBounces.get(key.pk, key.sk, consistent_read=True)
    except SoftBounces.DoesNotExist:
        return None


def _written(address: str, item: SoftBounces | None, before: Run, after: Run) -> bool:
    expires_at = clock.now() + (_BOUNCES_KEPT if after.days else _DELIVERY_KEPT)
    # An update makes the item as well, and mail_events may not put.
    actions: list[Action] = [
        SoftBounces.entity.set(SoftBounces),
        SoftBounces.revision.set((item.revision if item else 0) + 1),
        SoftBounces.days.set(dict(after.days)),
        SoftBounces.floor.set(after.floor),
        SoftBounces.closed.set(after.closed),
        SoftBounces.expires_at.set(int(expires_at.timestamp())),
    ]

    def write(transaction: TransactWrite) -> None:
        unchanged = SoftBounces.revision == item.revision if item else SoftBounces.pk.does_not_exist()
        transaction.update(SoftBounces.keyed(address), actions, condition=unchanged)
        if after.closed and not before.closed:
            service.stop(transaction, address, kind="soft_bounces", reason=REASON)
        if before.closed and not after.closed:
            # A delivery that is reported late: there were no three in a row.
            service.take_back(transaction, address, kind="soft_bounces")

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True
