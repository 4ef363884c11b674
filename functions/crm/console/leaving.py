"""Signing out."""

from crm.access import roster
from crm.access.models import Roster
from crm.console.asked import SeeOther, Visit
from crm.console.routes import HOME
from crm.console.sessions import COOKIE, Session, taken
from crm.core import clock

# In the roster, which each request reads: nobody signs out so often in a working day but by a program.
_MOST_ENDED = 500


def leave(visit: Visit) -> SeeOther:
    """End the session of this browser; the next page ends it at the sign-in page, too.

    The cookie is taken from the browser, and whoever has a copy of it is out as well. Raises StoreUnavailable.
    """
    roster.change(lambda known: _ended(known, visit.session))
    return SeeOther(f"{HOME}/leaving", (taken(COOKIE),))


def _ended(known: Roster, session: Session) -> Roster:
    """The roster in which a session is ended, without those that would be over by now anyhow."""
    now = clock.now().timestamp()
    ended = {number: until for number, until in (known.ended_sessions or {}).items() if until > now}
    ended[session.number] = session.until
    longest = sorted(ended, key=ended.__getitem__, reverse=True)[:_MOST_ENDED]
    return known.followed_by(ended_sessions={number: ended[number] for number in longest})
