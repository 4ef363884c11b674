"""The way of every request to the staff's pages: who it is, whether they may, the page, or what went wrong."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from crm.access.scope import Lookup, Owners
from crm.console import forms, rendering, signing_in, typed, wording
from crm.console.asked import Answer, Asked, Asset, Framed, Page, SeeOther, Visit
from crm.console.routes import HOME, Routes
from crm.console.sessions import COOKIE, Session, taken
from crm.core import cause, table
from crm.core.actor import Actor
from crm.core.errors import CrmError, Forbidden, InvalidFields, NotSignedIn, StoreUnavailable, Unavailable
from crm.core.log import logger
from crm.core.reason import Reason
from crm.mail import languages
from crm.mail.languages import Language

Open = Callable[[Asked], Answer]
"""A page for everybody."""
Shown = Callable[[Visit], Answer]
"""A page for who is signed in."""


Guard = Callable[[str, Mapping[str, str], Mapping[str, Any]], Actor]
"""Says of a route, the arguments of its path and an event who asks; raises what refuses them."""
Whose = Callable[[Asked, str], Iterable[Owners] | None]
"""Of an id in a path the owners of what it names, for the guard; what it reads, the page need not read again."""


class ForeignForm(CrmError):
    """A form that another site has sent in somebody's name, or one of a session that is over."""

    status = Forbidden.status
    slug = "foreign-form"
    title = Reason("This form is not one of yours")


@dataclass(frozen=True)
class Pages:
    """All pages by their routes; `lookups`: by the arguments of paths whose a thing is."""

    shown: Mapping[str, Shown]
    open: Mapping[str, Open]
    lookups: Mapping[str, Whose]

    @cached_property
    def routes(self) -> Routes:
        return Routes((*self.shown, *self.open))


def answer(
    event: Mapping[str, Any],
    *,
    pages: Pages,
    guarded: Callable[[Mapping[str, Lookup]], Guard],
    last: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:
    """Answer one HTTP API event. `last` is told the answer before it goes; what it cannot take does not go."""
    asked, language = Asked(event), None
    with cause.working():
        try:
            language = wording.chosen(asked, None)
            asked = Asked.of(event, pages.routes)
            if asked.route in pages.open:
                return _made(pages.open[asked.route](asked), language)
            session = _session(asked)
            language = wording.chosen(asked, session.language)
            guard = guarded({name: partial(whose, asked) for name, whose in pages.lookups.items()})
            made = _of_page(pages, _visit(asked, session, language, guard))
            # A page that refuses somebody is told, too: the guard has not seen what a form names.
            last(made)
        except CrmError as refused:
            return _refused(refused, asked, language)
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            return _refused(_of_store(error), asked, language)
        except Exception as bug:  # noqa: BLE001 - the outermost frame: a reader gets a page, the log the rest
            return _refused(_of_bug(bug), asked, language)
        return made


def _session(asked: Asked) -> Session:
    session = Session.read(asked.cookies)
    if session is None:
        raise NotSignedIn
    return session


def _visit(asked: Asked, session: Session, language: Language, guard: Guard) -> Visit:
    """Raises ForeignForm, and what the guard refuses: NotSignedIn, Forbidden, NotFound."""
    if not asked.route.startswith("GET "):
        require_own(asked, session)
    context = {**asked.event["requestContext"], "authorizer": {"jwt": {"claims": session.claims}}}
    # Bodies of pages are forms; what they name is looked at by the page itself, before it acts.
    told = {**asked.event, "requestContext": context, "body": None}
    return Visit(asked, guard(asked.route, asked.names, told), language, session)


def require_own(asked: Asked, session: Session) -> None:
    """Raise ForeignForm unless a form comes from a page of ours that was made for this very session.

    The browser says from where, the token in the form for whom.
    """
    if not typed.is_from_here(asked) or not session.is_own_form(asked.form.get("csrf", "")):
        raise ForeignForm("the form was not made by a page of this session")


def _of_page(pages: Pages, visit: Visit) -> dict[str, Any]:
    try:
        return _made(pages.shown[visit.asked.route](visit), visit.language, visit)
    except CrmError as refused:
        return _refused(refused, visit.asked, visit.language)


def _made(made: Answer, language: Language, visit: Visit | None = None) -> dict[str, Any]:
    if isinstance(made, SeeOther):
        return rendering.see_other(made)
    if isinstance(made, Asset):
        return rendering.asset(made)
    if isinstance(made, Framed):
        return rendering.framed(made)
    return rendering.page(made, language, always={"visit": visit})


def _refused(error: CrmError, asked: Asked, language: Language | None) -> dict[str, Any]:
    if language is None:
        language = languages.choose(None)
    if isinstance(error, NotSignedIn):
        return _to_sign_in(asked, language)
    later = {"Retry-After": str(error.retry_after)} if isinstance(error, Unavailable) else {}
    why = list(forms.errors(error).values()) if isinstance(error, InvalidFields) else []
    told = {"why": why, "slug": error.slug, "status": error.status.value, "typed": typed.given_back(asked)}
    page = Page("error.html", told, error.status.value, later)
    return rendering.page(page, language, always={"visit": None})


def _to_sign_in(asked: Asked, language: Language) -> dict[str, Any]:
    """To the sign-in page, and back. A form is not sent again by itself: who wrote it gets their words back."""
    gone = (taken(COOKIE),) if COOKIE in asked.cookies else ()
    to = SeeOther(signing_in.way_in(asked), gone)
    if asked.is_partial:
        return rendering.elsewhere_whole(replace(to, location=f"{HOME}/sign-in"))
    if asked.route.startswith("GET "):
        return rendering.see_other(to)
    values = {"to": HOME, "typed": typed.given_back(asked)}
    page = Page("not_signed_in.html", values, status=401, cookies=gone)
    return rendering.page(page, language, always={"visit": None})


def _of_store(error: Exception) -> CrmError:
    if not table.is_passing(error):
        return _of_bug(error)
    logger().warning("store unavailable", error_type=type(error).__name__)
    return StoreUnavailable("the store is down or busy")


def _of_bug(error: Exception) -> CrmError:
    logger().exception("unexpected error", exc_info=error)
    return CrmError("an unexpected error; it has been logged")
