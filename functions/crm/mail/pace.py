"""The pace at which SES takes mail, shared among the mailers that may run at once."""

import time
from datetime import datetime, timedelta
from functools import lru_cache

from crm.core import clock
from crm.core.config import settings
from crm.mail import account

# Where SES does not say how fast: as slow as the slowest account.
CAREFUL_PER_SECOND = 1.0
# Somebody else may use the account, too: told that it was too fast, a mailer goes at half the pace for a while.
SLOWER = 2.0
SLOWEST = 8.0
SLOW_FOR = timedelta(minutes=1)
# Whoever waited for longer would have no time left for SES's answer, and the mail would be in doubt.
LONGEST_TURN = 5.0


class _Pace:
    """When this process handed its last mail over, and how much slower than allowed it goes."""

    def __init__(self) -> None:
        self.last: datetime | None = None
        self.slower = 1.0
        self.slow_until: datetime | None = None


def per_second() -> float:
    """How many mails a second all mailers together may hand over."""
    known = account.current()
    return known.per_second if known and known.per_second > 0 else CAREFUL_PER_SECOND


def take_turn() -> None:
    """Wait until this mailer may hand over its next mail. To be called before the claim: who dies here leaves none."""
    pace = _pace()
    now = clock.now()
    if pace.slow_until and now >= pace.slow_until:
        pace.slower, pace.slow_until = 1.0, None
    span = min(settings().mailers * pace.slower / per_second(), LONGEST_TURN)
    # A clock that was moved makes nobody wait for longer than one turn.
    wait = min(span, (pace.last - now).total_seconds() + span) if pace.last else 0.0
    if wait > 0:
        time.sleep(wait)
    pace.last = clock.now()


def slow_down() -> None:
    """SES was handed more than it takes: go slower for a while."""
    pace = _pace()
    pace.slower = min(pace.slower * SLOWER, SLOWEST)
    pace.slow_until = clock.now() + SLOW_FOR


def forget() -> None:
    """Know nothing, as a new process; for tests."""
    _pace.cache_clear()


@lru_cache(maxsize=1)
def _pace() -> _Pace:
    return _Pace()
