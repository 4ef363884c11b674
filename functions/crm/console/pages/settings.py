"""What the business has decided, and deciding anew: hours, days of rest, how mail looks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.business import service
from crm.business.rules import DEPLOYED, WEEKDAYS
from crm.business.service import Standing
from crm.console import overtaken, settling
from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again
from crm.console.overtaken import Edit
from crm.console.signing_in import HOME
from crm.core.config import settings
from crm.core.errors import InvalidFields, StaleVersion

_HERE = f"{HOME}/settings"
_TRIES = 4


def show(visit: Visit) -> Page:
    """The settings; a form for who may decide."""
    standing = service.standing()
    page = _page(visit, standing, settling.shown(standing))
    done = visit.asked.query.get("done", "").split(".")
    return replace(page, values={**page.values, "done": [one for one in done if one]})


def decide(visit: Visit) -> Page | SeeOther:
    """Write what was changed in the form; where others changed the same meanwhile, both are shown."""
    for _ in range(_TRIES):
        standing = service.standing()
        edit = Edit.of(visit.asked.form, now=settling.shown(standing))
        if edit.contested:
            page = _page(visit, standing, edit.shown)
            return replace(page, values={**page.values, "contested": edit.contested}, status=409)
        if not edit.changed:
            return SeeOther(_HERE)
        try:
            decisions = settling.decisions(edit)
            service.change(decisions=decisions, expected_version=standing.business.version)
        except InvalidFields as refused:
            return again(_page(visit, standing, edit.shown), settling.by_field(refused))
        except StaleVersion:
            continue
        return SeeOther(f"{_HERE}?done={'.'.join(settling.kinds(edit.changed))}")
    raise StaleVersion("many are changing the settings; try again")


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
    from crm.mail import account  # noqa: PLC0415 - asks SES, for who sees the answer

    known = account.current()
    return {"address": settings().sender, "account": known}
