"""The reminders of somebody and of who is within their reach: what waits, what was told, what is done."""

import secrets

from crm.console.asked import Page, Visit
from crm.console.customers import telling
from crm.console.routes import HOME
from crm.core.actor import Actor
from crm.core.errors import ViewsBeingBuilt
from crm.core.paging import Page as Listed
from crm.core.paging import PageRequest
from crm.reminders import due, service
from crm.reminders.models import Reminder, partition

LIST = f"{HOME}/reminders"
SHOWN = ("mine", "everybody", "told", "done")
_MOST = 50
_STATES = {"told": "sent", "done": "completed"}


def show(visit: Visit) -> Page:
    """A list of reminders: mine that wait, those of everybody within reach, mine that were told, mine that are done."""
    actor, query = visit.actor, visit.asked.query
    shown = query.get("show", "mine")
    shown = shown if shown in SHOWN else "mine"
    try:
        found = _found(actor, shown, query.get("cursor"))
    except ViewsBeingBuilt:
        found = None
    items = found.items if found else []
    names = due.names(items, within=actor.within("customers.read"))
    values = {
        "shown": shown,
        "reminders": None if found is None else [telling.reminder(one, actor, names) for one in items],
        # The same form sent twice does it once.
        "once": secrets.token_urlsafe(12),
        "next": found.next if found else None,
        "is_limited": actor.within("reminders.use") is not None,
        "done": query.get("done"),
        # Of what was just done, to take it back.
        "undo": query.get("undo"),
    }
    return Page("reminders/list.html", values)


def _found(actor: Actor, shown: str, cursor: str | None) -> Listed[Reminder]:
    request = PageRequest(f"console reminders:{actor.scope}:{shown}", _MOST, cursor)
    if shown == "everybody":
        return due.page(request, within=actor.within("reminders.use"))
    if shown == "mine":
        return due.page_of(actor.who, request)
    return service.page_of(partition("staff", actor.who), request, state=_STATES[shown])
