"""Signing out."""

from crm.console.asked import SeeOther, Visit
from crm.console.sessions import COOKIE, taken
from crm.console.signing_in import HOME


def leave(_: Visit) -> SeeOther:
    """End the session of this browser; the next page ends it at the sign-in page, too."""
    return SeeOther(f"{HOME}/leaving", (taken(COOKIE),))
