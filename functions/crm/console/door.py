"""The way of every request to the staff's pages: who it is, whether they may, the page, or what went wrong."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from crm.access.scope import Lookup, Owners
from crm.console import refusing, rendering, typed, wording
from crm.console.asked import Answer, Asked, Asset, Framed, SeeOther, Visit
from crm.console.refusing import Asking
from crm.console.routes import Routes
from crm.console.sessions import Session
from crm.core import cause
from crm.core.actor import Actor
from crm.core.errors import CrmError, Forbidden, NotSignedIn
from crm.core.reason import Reason
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
    asking: Asking,
    last: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:
    """Answer one HTTP API event. `last` is told the answer before it goes; what it cannot take does not go."""
    asked, language, visit = Asked(event), None, None
    with cause.working():
        try:
            language = wording.chosen(asked, None)
            asked = Asked.of(event, pages.routes)
            if asked.route in pages.open:
                return _made(pages.open[asked.route](asked), language)
            session = _session(asked)
            language = wording.chosen(asked, session.language)
            guard = guarded({name: partial(whose, asked) for name, whose in pages.lookups.items()})
            visit = _visit(asked, session, language, guard)
            made = _of_page(pages, visit)
            # A page that refuses somebody is told, too: the guard has not seen what a form names.
            last(made)
        except Exception as error:  # noqa: BLE001 - the outermost frame: a reader gets a page, the log the rest
            refused = refusing.meant(error)
            return refusing.page(refused, asked, language, visit or refusing.reader(asked, refused, asking))
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
    # Bodies of pages are forms; what they name is looked at by the page itself, before it acts.
    told = {**session.event(asked.event), "body": None}
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
        return refusing.page(refused, visit.asked, visit.language, visit)


def _made(made: Answer, language: Language, visit: Visit | None = None) -> dict[str, Any]:
    if isinstance(made, SeeOther):
        return rendering.see_other(made)
    if isinstance(made, Asset):
        return rendering.asset(made)
    if isinstance(made, Framed):
        return rendering.framed(made)
    return rendering.page(made, language, always={"visit": visit})
