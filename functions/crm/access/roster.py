"""Reading the roster: once in ten seconds a process, so that a role that was taken away is gone after ten seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from crm.access.models import Roster
from crm.core import clock, table
from crm.core.errors import StoreUnavailable

LEASE_SECONDS = 10.0
_TRIES = 8


@dataclass(frozen=True)
class _Seen:
    roster: Roster
    at: tuple[float, float]


class _Known:
    last: _Seen | None = None


def current() -> Roster:
    """The roster, at most ten seconds old. One read where it is older."""
    known, now = _Known.last, _clocks()
    # Two clocks: one goes on while the machine stands still, nobody can move the other.
    if known and all(present - then < LEASE_SECONDS for present, then in zip(now, known.at, strict=True)):
        return known.roster
    return remember(Roster.read(), at=now)


def change(made: Callable[[Roster], Roster]) -> Roster:
    """Write the roster that `made` makes of the present one; again from the new one where somebody else was faster."""
    for _ in range(_TRIES):
        before = Roster.read()
        after = made(before)
        try:
            table.commit(partial(before.replace, by=after))
        except table.ConditionFailed:
            continue
        return remember(after)
    raise StoreUnavailable("roles and teams are being changed by many at once")


def remember(roster: Roster, *, at: tuple[float, float] | None = None) -> Roster:
    """This process knows the roster from now on, as it has just read or written it."""
    _Known.last = _Seen(roster, at or _clocks())
    return roster


def forget() -> None:
    """Read it at the next request."""
    _Known.last = None


def _clocks() -> tuple[float, float]:
    return time.monotonic(), clock.now().timestamp()
