"""What went wrong, as a page: with the menu for whoever is signed in, so that nobody is stuck there."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from crm.console import forms, rendering, signing_in, typed, wording
from crm.console.asked import Asked, Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.console.sessions import COOKIE, Session, taken
from crm.core import table
from crm.core.actor import Actor
from crm.core.errors import CrmError, ForeignCursor, InvalidFields, NotSignedIn, StoreUnavailable, Unavailable
from crm.core.log import logger
from crm.mail import languages
from crm.mail.languages import Language

Asking = Callable[[Mapping[str, Any]], Actor]
"""Says of an event who asks, and what they may, whatever it asks for. Raises NotSignedIn, Forbidden."""
_PLACES = frozenset({"after", "before", "cursor", "walk"})
"""What addresses call the place where a later part of a list begins."""


def meant(error: Exception) -> CrmError:
    """What an error is for a reader; a bug is logged."""
    if isinstance(error, CrmError):
        return error
    if isinstance(error, table.STORE_ERRORS) and table.is_passing(error):
        logger().warning("store unavailable", error_type=type(error).__name__)
        return StoreUnavailable("the store is down or busy")
    logger().exception("unexpected error", exc_info=error)
    return CrmError("an unexpected error; it has been logged")


def reader(asked: Asked, error: CrmError, asking: Asking) -> Visit | None:
    """Whoever is refused before a page, as far as that is known without waiting once more for what has just failed."""
    session = None if isinstance(error, (NotSignedIn, Unavailable)) else Session.read(asked.cookies)
    if session is None:
        return None
    try:
        actor = asking(session.event(asked.event))
    except Exception:  # noqa: BLE001 - who it is may be the very thing that went wrong, and has been logged
        return None
    return Visit(asked, actor, wording.chosen(asked, session.language), session)


def page(error: CrmError, asked: Asked, language: Language | None, visit: Visit | None) -> dict[str, Any]:
    """The answer: what went wrong, or the way to sign in."""
    language = visit.language if visit else language or languages.choose(None)
    if isinstance(error, NotSignedIn):
        return _to_sign_in(asked, language)
    if isinstance(error, ForeignCursor) and asked.route.startswith("GET "):
        return rendering.see_other(_to_the_beginning(asked))
    later = {"Retry-After": str(error.retry_after)} if isinstance(error, Unavailable) else {}
    why = list(forms.errors(error).values()) if isinstance(error, InvalidFields) else []
    told = {"why": why, "slug": error.slug, "status": error.status.value, "typed": typed.given_back(asked)}
    made = Page("error.html", told, error.status.value, later)
    try:
        return rendering.page(made, language, always={"visit": visit})
    except Exception:  # noqa: BLE001 - what stands around every page may be what went wrong, and has been logged
        return rendering.page(made, language, always={"visit": None})


def _to_the_beginning(asked: Asked) -> SeeOther:
    """The same list from its first part, as its reader has kept the address of a later one that is over."""
    query = str(asked.event.get("rawQueryString") or "")
    rest = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in _PLACES]
    return SeeOther(f"{asked.path}?{urlencode(rest)}" if rest else asked.path)


def _to_sign_in(asked: Asked, language: Language) -> dict[str, Any]:
    """To the sign-in page, and back. A form is not sent again by itself: who wrote it gets their words back."""
    gone = (taken(COOKIE),) if COOKIE in asked.cookies else ()
    to = SeeOther(signing_in.way_in(asked), gone)
    if asked.is_partial:
        return rendering.elsewhere_whole(replace(to, location=f"{HOME}/sign-in"))
    if asked.route.startswith("GET "):
        return rendering.see_other(to)
    values = {"to": HOME, "typed": typed.given_back(asked)}
    made = Page("not_signed_in.html", values, status=401, cookies=gone)
    return rendering.page(made, language, always={"visit": None})
