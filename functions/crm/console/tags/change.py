"""One change of a tag over all customers: how far it is, what it came to, and taking it back."""

from dataclasses import replace
from typing import Any

from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again
from crm.console.tags.overview import HERE
from crm.console.tags.telling import told_of
from crm.core.errors import Conflict, InvalidRequest
from crm.tags import counts, service


def show(visit: Visit) -> Page:
    """How far it is; for a script that alone. Raises NotFound."""
    page = _page(visit)
    if not visit.asked.is_partial:
        return page
    done = {} if page.values["change"]["is_under_way"] else {"HX-Refresh": "true"}
    return replace(page, template="tags/progress.html", headers=done)


def act(visit: Visit) -> Page | SeeOther:
    """Take it back. Raises NotFound, InvalidRequest."""
    if visit.asked.form.get("action") != "undo":
        raise InvalidRequest("the form says nothing that can be done")
    try:
        change = service.undo(change_id=visit.asked.names["change_id"], caller=visit.actor.who)
    except Conflict as refused:
        page = again(_page(visit), refused)
        return replace(page, status=refused.status.value)
    return SeeOther(f"{HERE}/{change.change_id}")


def _page(visit: Visit) -> Page:
    change = service.get(change_id=visit.asked.names["change_id"])
    values: dict[str, Any] = {
        "change": told_of(change),
        "counts": counts.of(change),
        "follow": [{name: str(one[name]) for name in ("kind", "id", "name")} for one in change.uses],
        "may_change": visit.actor.may("tags.write"),
        "may_see_groups": visit.actor.may("segments.read"),
        "errors": {},
    }
    return Page("tags/change.html", values)
