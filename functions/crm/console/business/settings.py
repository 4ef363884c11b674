"""What the business has decided, and deciding anew: hours, days of rest, how mail looks."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from crm.business import service
from crm.business.rules import DEPLOYED, WEEKDAYS
from crm.business.service import Standing
from crm.console import overtaken
from crm.console.asked import Page, SeeOther, Visit
from crm.console.business import settling
from crm.console.forms import again
from crm.console.overtaken import Edit
from crm.console.routes import HOME
from crm.core.config import settings
from crm.core.errors import InvalidFields

_HERE = f"{HOME}/settings"


def show(visit: Visit) -> Page:
    """The settings; a form for who may decide."""
    standing = service.standing()
    page = _page(visit, standing, settling.shown(standing))
    done = visit.asked.query.get("done", "").split(".")
    return replace(page, values={**page.values, "done": [one for one in done if one]})


def decide(visit: Visit) -> Page | SeeOther:
    """Write what was changed in the form; where others changed the same meanwhile, both are shown."""
    form = visit.asked.form
    try:
        outcome = overtaken.written(form, read=service.standing, shown=settling.shown, write=_write)
    except InvalidFields as refused:
        standing = service.standing()
        edit = Edit.of(form, now=settling.shown(standing))
        return again(_page(visit, standing, edit.shown), settling.by_field(refused), {"place": "place.latitude"})
    edit = outcome.edit
    if edit.contested:
        page = _page(visit, outcome.thing, edit.shown)
        return replace(page, values={**page.values, "contested": edit.contested}, status=HTTPStatus.CONFLICT.value)
    done = f"?done={'.'.join(settling.kinds(edit.changed))}" if outcome.is_written else ""
    return SeeOther(_HERE + done)


def _write(standing: Standing, edit: Edit) -> None:
    service.change(decisions=settling.decisions(edit), expected_version=standing.business.version)


def _page(visit: Visit, standing: Standing, shown: Mapping[str, str]) -> Page:
    values: dict[str, Any] = {
        "shown": shown,
        "before": overtaken.marks(settling.shown(standing)),
        "standing": standing,
        "zone": standing.business.timezone.key,
        "decided": standing.decided - DEPLOYED,
        "weekdays": WEEKDAYS,
        "may_decide": visit.actor.may("business.write"),
        "sender": _sender(visit),
        "contested": {},
        "errors": {},
        "done": (),
    }
    return Page("settings/settings.html", values)


def _sender(visit: Visit) -> Mapping[str, Any] | None:
    """The address that mail comes from, and what SES says of it; None for who may not see how mail goes."""
    if not visit.actor.may("mail.read"):
        return None
    from crm.mail import account  # asks SES, for who sees the answer

    known = account.current()
    return {"address": settings().sender, "account": known}
