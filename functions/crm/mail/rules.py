"""The state machine of a message. Pure: the moment is passed in.

    due → claimed → handed → accepted | rejected | unknown → delivered | bounced | complained
    due → withheld | expired

Ranks only go up within an attempt, so late, doubled and reordered events do no harm. Only a new claim begins again:
from `due` and `claimed` (SES was certainly not called), and for a reminder that stayed `unknown` for a while.
"""

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

RANKS = {
    state: rank
    for rank, state in enumerate(
        ("due", "claimed", "handed", "unknown", "accepted", "rejected", "delivered", "bounced", "complained")
    )
}
# In these SES has not been called for the present attempt.
UNSENT = frozenset({"due", "claimed"})
# A tick orders these (again); in all others the message has found its end, or waits for SES alone.
OPEN = frozenset({"due", "claimed", "handed"})
RETRY_AFTER = timedelta(minutes=15)
MOST_DOUBTS = 3
LONGEST_HISTORY = 20

NO_ANSWER = "handed to SES, but no answer was recorded; it may or may not have gone out"


class Step(Enum):
    """What an order may do to its message."""

    CLAIM = auto()
    DOUBT = auto()
    LEAVE = auto()


def step(stored: Any, *, kind: str, now: datetime) -> Step:
    """What to do with an order whose message is `stored` (None: there is none yet)."""
    if stored is None or stored.state in UNSENT:
        return Step.CLAIM
    if stored.state == "handed":
        return Step.DOUBT
    retry = retry_at(stored, kind=kind)
    return Step.CLAIM if retry and now >= retry else Step.LEAVE


def retry_at(stored: Any, *, kind: str) -> datetime | None:
    """From when on an unanswered message may go again: a reminder errs on repetition, a greeting on silence."""
    if kind != "reminder" or stored.state != "unknown" or stored.doubts >= MOST_DOUBTS:
        return None
    return datetime.fromisoformat(stored.handed_at) + RETRY_AFTER


def rises(present: str, state: str) -> bool:
    """Whether `state` is further along than `present`; what was withheld stays withheld."""
    return present in RANKS and RANKS[state] > RANKS[present]


def noted(history: list[dict[str, Any]], *, state: str, at: str, reason: str | None) -> list[dict[str, Any]]:
    """The history with one more change at its end; the oldest are dropped beyond the bound."""
    entry = {"state": state, "at": at, **({"reason": reason} if reason else {})}
    return [*history, entry][-LONGEST_HISTORY:]
