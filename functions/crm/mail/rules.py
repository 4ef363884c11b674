"""The state machine of a message. Pure: the moment is passed in.

    due → claimed → handed → accepted | rejected | unknown → delivered | bounced | complained
    due → withheld | expired

A message only goes on within an attempt, so late, doubled and reordered events do no harm. It begins again from `due`
and `claimed` (SES was certainly not called), from `handed` when SES certainly took nothing, and for a reminder that
stayed `unknown` for a while. An event settles whatever has begun; what was withheld or has expired stays so. A bounce
for the time being may still become one for good.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from crm.mail.reasons import Code

# What SES says of a mail; it may come at any time, late, twice and out of order.
_REPORTS = frozenset({"accepted", "rejected", "delivered", "bounced", "complained"})
TRANSITIONS: Mapping[str | None, frozenset[str]] = {
    None: frozenset({"due", "claimed", "withheld", "expired"}),
    "due": frozenset({"due", "claimed", "withheld", "expired"}) | _REPORTS,
    "claimed": frozenset({"due", "claimed", "handed", "withheld", "expired"}) | _REPORTS,
    "handed": frozenset({"due", "unknown"}) | _REPORTS,
    "unknown": frozenset({"claimed", "unknown"}) | _REPORTS,
    "accepted": _REPORTS - {"accepted"},
    "rejected": _REPORTS - {"accepted", "rejected"},
    "delivered": frozenset({"bounced", "complained"}),
    "bounced": frozenset({"bounced", "complained"}),
    "complained": frozenset(),
    "withheld": frozenset(),
    "expired": frozenset(),
}
"""Every change of state that there is; None: there is no message yet."""

STATES = frozenset(state for state in TRANSITIONS if state)
# In these SES has not been called for the present attempt.
UNSENT = frozenset({"due", "claimed"})
# In these it is certain that nothing went out, so the message takes no place under the cap.
PLACELESS = frozenset({"due", "withheld", "expired", "rejected"})
# A tick orders these (again); in all others the message has found its end, or waits for SES alone.
OPEN = frozenset({"due", "claimed", "handed"})
RETRY_AFTER = timedelta(minutes=15)
MOST_DOUBTS = 3
LONGEST_HISTORY = 40

# The kind of reason that lies in the state itself.
CODES = {
    "unknown": Code.NO_ANSWER,
    "rejected": Code.REFUSED_BY_SES,
    "bounced": Code.BOUNCED,
    "complained": Code.COMPLAINED,
}
# Kinds that err on repetition: what is in doubt goes again.
REPEATABLE = frozenset({"reminder", "digest", "assigned", "announcement"})
NOT_AGAIN = "it may or may not have gone out, and does not go again: {reason}"
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
    if stored.state != "unknown" or stays_in_doubt(stored.state, kind=kind, doubts=stored.doubts):
        return None
    return datetime.fromisoformat(stored.handed_at) + RETRY_AFTER


def stays_in_doubt(state: str, *, kind: str, doubts: int) -> bool:
    """Whether nobody knows if a message went out, and it does not go again by itself: a person can ask about it."""
    return state == "unknown" and (kind not in REPEATABLE or doubts >= MOST_DOUBTS)


def may_become(present: str | None, state: str) -> bool:
    """Whether the table allows this change of state."""
    return state in TRANSITIONS.get(present, frozenset())


def rises(present: str, state: str) -> bool:
    """Whether `state` is further along than `present`."""
    return present != state and may_become(present, state)


def hardens(present: str, present_code: str | None, state: str, code: str | None) -> bool:
    """Whether a mail that came back for the time being has now come back for good: the same state, and graver."""
    return present == state == "bounced" and present_code == Code.SOFT_BOUNCED and code not in (None, present_code)


def noted(history: list[dict[str, Any]], **change: str | None) -> list[dict[str, Any]]:
    """The history with one more change (state, at, reason, code) at its end; beyond the bound the oldest goes."""
    entry = {name: value for name, value in change.items() if value}
    return [*history, entry][-LONGEST_HISTORY:]
