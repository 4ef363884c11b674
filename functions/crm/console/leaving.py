"""Signing out."""

from crm.console.asked import SeeOther, Visit
from crm.console.routes import HOME
from crm.console.sessions import COOKIE, taken


def leave(_: Visit) -> SeeOther:
    """End the session of this browser; the next page ends it at the sign-in page, too."""
    return SeeOther(f"{HOME}/leaving", (taken(COOKIE),))
