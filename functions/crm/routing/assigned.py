"""Whom somebody was given: noted in the transaction that gives, told by mail later, and forgotten after a while.

What is told is marked by an instant: all that was noted up to it. So one mail tells of one customer or of thousands,
and writes one small item. An entry says when its transaction was filled; it is told a minute after that, when nothing
of an earlier instant can come any more.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.transactions import TransactWrite

from crm.core import clock
from crm.routing.models import Assigned, Told

MOST = 300
"""Entries that are looked at for one mail; it says "more than" beyond."""
_SETTLES_IN = timedelta(minutes=1)
_KEPT_FOR = timedelta(days=30)


def note(transaction: TransactWrite, *, customer_id: str, before: str | None, after: str | None, by: str) -> None:
    """Put into the transaction that changes an owner that the new one was given a customer, if others did that."""
    if after and after not in {before, by}:
        now = clock.now()
        entry = Assigned.keyed(after, at=clock.instant(now), customer_id=customer_id)
        entry.expires_at = int((now + _KEPT_FOR).timestamp())
        transaction.save(entry)


def settled(now: datetime) -> str:
    """The instant up to which all entries are there."""
    return clock.instant(now - _SETTLES_IN)


def members_with_some() -> Iterator[str]:
    """Who has been given anybody in the last weeks: one Query each."""
    after = ""
    while entry := Assigned.first(after=after):
        yield entry.staff_id
        after = f"{entry.staff_id}#~"


def waits(told: Told, *, until: str) -> bool:
    """Whether there is something that the member was not told yet."""
    return bool(Assigned.between(told.staff_id, told.until, until, most=1))
