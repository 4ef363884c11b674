"""The breaker: greetings and marketing wait while our reputation is half as bad as SES allows; service mail goes on.

Whether it is open follows from the counts alone, so it closes by itself when the rates have fallen. A person who has
mended the cause may have the counting begin anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from crm.core import clock, items, table
from crm.core.table import CrmItem
from crm.mail.models import FRESH_START, REPUTATION, FreshStart, Tally
from crm.mail.reasons import Code
from crm.mail.reputation import BULK, GROUPS, SERVICE, Counts, day_of, less, of_item, of_raw, total

WINDOW_DAYS = 14
HELD_BACK = "too many mails came back or were unwanted of late; greetings and marketing wait until it is better"

_KEPT_FOR = timedelta(minutes=1)


@dataclass(frozen=True)
class Reputation:
    """The counts of the window by purpose group, less what a person (`by`) let pass at `since`, and their reason."""

    groups: Mapping[str, Counts]
    let_pass: Counts
    since: str | None = None
    by: str | None = None
    reason: str | None = None

    @property
    def counts(self) -> Counts:
        """Of all mail, as SES looks at an account."""
        return less(total(self.groups.values()), self.let_pass)

    @property
    def is_open(self) -> bool:
        """Whether greetings and marketing wait."""
        return self.counts.too_bad


def obstacle(purpose: str) -> tuple[Code, str] | None:
    """Why mail of this purpose waits for our reputation to mend; None when it does not. Looks once a minute."""
    if GROUPS.get(purpose, SERVICE) == SERVICE:
        return None
    return (Code.REPUTATION, HELD_BACK) if _desk().look().is_open else None


def read() -> Reputation:
    """The present state, consistently. One Query."""
    first = day_of(clock.now() - timedelta(days=WINDOW_DAYS - 1))
    # The mark of a fresh start follows all days.
    found = {item["sk"]["S"]: item for item in items.since(REPUTATION, first)}
    mark = found.pop(FRESH_START, None)
    fresh = FreshStart.from_raw_data(mark) if mark and mark["day"]["S"] >= first else None
    counted = [(sk.split("#")[1], item) for sk, item in found.items() if sk >= (fresh.day if fresh else first)]
    groups = {name: of_raw(item for group, item in counted if group == name) for name in (BULK, SERVICE)}
    if fresh is None:
        return Reputation(groups, Counts())
    return Reputation(groups, of_item(fresh), fresh.created_at, fresh.created_by, fresh.reason)


def begin_anew(*, staff_id: str, reason: str | None = None) -> Reputation:
    """A person closes the breaker: what has been counted until now holds nothing back any more. `reason`: in a line."""
    now = clock.now()
    today = day_of(now)
    tallies = CrmItem.query(REPUTATION, CrmItem.sk.startswith(f"{today}#"), consistent_read=True)
    counted = total(of_item(item) for item in tallies if isinstance(item, Tally))
    told = {"created_at": clock.instant(now), "created_by": staff_id, "reason": reason}
    begun = FreshStart.keyed(day=today, **told, **vars(counted))
    table.commit(lambda transaction: transaction.save(begun))
    forget()
    return read()


def forget() -> None:
    """Know nothing, as a new process."""
    _desk.cache_clear()


class _Desk:
    """What this process read last."""

    def __init__(self) -> None:
        self.reputation: Reputation | None = None
        self.read_at: datetime | None = None

    def look(self) -> Reputation:
        now = clock.now()
        fresh = self.read_at is not None and timedelta() <= now - self.read_at < _KEPT_FOR
        if self.reputation is None or not fresh:
            self.reputation, self.read_at = read(), now
        return self.reputation


@lru_cache(maxsize=1)
def _desk() -> _Desk:
    return _Desk()
