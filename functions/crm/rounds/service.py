"""Use cases of rounds: how one begins, how its state changes, and how it is taken back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from crm.core import clock, table
from crm.core.errors import Conflict, StoreUnavailable
from crm.core.reason import Reason
from crm.rounds.models import DONE, RUNNING, UNDOING, Round

Kept = TypeVar("Kept", bound=Round)
UNDO_FOR = timedelta(days=30)
# Whoever looks for a change in the history of a customer finds out for a while what it was.
KEPT_FOR = timedelta(days=90)
TRIES = 8


def begun(caller: str) -> dict[str, Any]:
    """The attributes of one that somebody asks for now."""
    now = clock.now()
    return {
        "state": RUNNING,
        "at": clock.instant(now),
        "by": caller,
        "undo_until": clock.instant(now + UNDO_FOR),
        "expires_at": int((now + KEPT_FOR).timestamp()),
    }


def added(made: Round) -> bool:
    """Store a new one; False when there is one under its key."""
    try:
        table.commit(lambda transaction: transaction.save(made, condition=Round.pk.does_not_exist()))
    except table.ConditionFailed:
        return False
    return True


def moved(known: Kept, *actions: Any) -> bool:
    """Write to one; False when it is not in the state that it was read in any more."""
    as_read = Round.state == known.state
    try:
        table.commit(lambda transaction: transaction.update(known, list(actions), condition=as_read))
    except table.ConditionFailed:
        return False
    return True


def undo(read: Callable[[], Kept], *, require: Callable[[Kept], None], caller: str) -> Kept:
    """Have one taken back that is done; again it answers with what it is now.

    `read` gives it as it is, `require` refuses what else stands in the way. Raises Conflict, StoreUnavailable, and what
    these two raise.
    """
    for _ in range(TRIES):
        known = read()
        if known.state != DONE:
            if known.state == RUNNING:
                raise Conflict(Reason("it is still under way; undo it when it is done"))
            return known
        require(known)
        if clock.stamp() > known.undo_until:
            raise Conflict(Reason("it could be undone until {undo_until}", undo_until=known.undo_until))
        if moved(known, Round.state.set(UNDOING), Round.undone_at.set(clock.stamp()), Round.undone_by.set(caller)):
            return read()
    raise StoreUnavailable("it is being worked on by many at once")
