"""Files out of the store: what is asked for, how far it is, and the file."""

import secrets
from collections.abc import Mapping
from typing import Any

from crm.console import forms, group_names
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import form as customer_form
from crm.console.routes import HOME
from crm.core.errors import InvalidFields
from crm.core.paging import PageRequest
from crm.exports import service
from crm.exports.models import Export

PLACE = f"{HOME}/exports"
_ON_A_PAGE = 50
_FILTERS = ("segment", "tag", "owner", "language")
_FIELDS = ("what", "format", *_FILTERS)
_RELATIONS = "/relations"


def show(visit: Visit) -> Page:
    """The exports of the last thirty days that the reader may have, and the form that asks for another."""
    return _page(visit, {"what": "customers", "format": "xlsx", **forms.filled(visit.asked.query, _FILTERS)})


def begin(visit: Visit) -> Page | SeeOther:
    """Ask for an export. Raises Forbidden, NotBuiltYet."""
    from crm.exports.schemas import NewExport  # showing the list needs no schemas

    form = visit.asked.form
    told = forms.filled(form, _FIELDS)
    try:
        once = forms.once(form)
        new = forms.checked(NewExport, told)
        asked = new.model_dump(mode="json", exclude_none=True, exclude={"what", "format"})
        export = service.begin(what=new.what, format_=new.format, asked=asked, by=visit.actor, idempotency_key=once)
    except InvalidFields as refused:
        return forms.again(_page(visit, form), refused)
    return SeeOther(f"{PLACE}/{export.export_id}")


def one(visit: Visit) -> Page:
    """How far an export is; for a script that alone. Raises NotFound."""
    export = service.get(export_id=visit.asked.names["export_id"], by=visit.actor)
    told = _told(export)
    values = {"export": told, "place": PLACE, "groups": group_names.choices(visit.actor, visit.language)}
    if not visit.asked.is_partial:
        return Page("exports/one.html", values)
    again = {"HX-Refresh": "true"} if told["state"] != "running" else {}
    return Page("exports/progress.html", values, headers=again)


def file(visit: Visit) -> Page | SeeOther:
    """The way to the file; where there is none, or none any more, to the page that says why. Raises NotFound."""
    export = service.get(export_id=visit.asked.names["export_id"], by=visit.actor)
    here, url = f"{PLACE}/{export.export_id}", service.link(export)
    return Page("download.html", {"url": url, "back": here}) if url else SeeOther(here)


def _page(visit: Visit, fields: Mapping[str, Any]) -> Page:
    request = PageRequest(f"console exports:{visit.actor.scope}", _ON_A_PAGE, visit.asked.query.get("after"))
    found = service.page(request, by=visit.actor)
    kinds = ["customers"]
    kinds += [] if _RELATIONS in visit.actor.hidden else ["relations"]
    kinds += ["everything"] if visit.actor.may("exports.everything") else []
    values = {
        # Ids say nothing of the order: those of forms follow from what was sent.
        "exports": sorted(map(_told, found.items), key=lambda one: str(one["created_at"]), reverse=True),
        "next": found.next,
        "kinds": kinds,
        "groups": group_names.choices(visit.actor, visit.language),
        "owners": customer_form.owners(visit.actor, None),
        "fields": fields,
        "errors": {},
        "once": secrets.token_urlsafe(12),
        "place": PLACE,
    }
    return Page("exports/list.html", values)


def _told(export: Export) -> Mapping[str, Any]:
    return {
        "id": export.export_id,
        "state": service.state(export),
        "what": export.what,
        "format": export.format,
        "asked": {name: str(value) for name, value in export.asked.items()},
        "rows": int(export.rows),
        "percent": service.percent(export),
        "kept_until": service.kept_until(export),
        "failure": export.failure,
        "created_at": export.created_at,
        "created_by": export.created_by,
    }
