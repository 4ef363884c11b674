"""What the team is told: writing an announcement, to whom it goes, and who has read it."""

import secrets
from collections.abc import Mapping
from typing import Any

from crm.access import roster, rules
from crm.announcements import service
from crm.announcements.models import Announcement
from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, checked, filled, once
from crm.console.routes import HOME
from crm.core.errors import Conflict, FieldError, InvalidFields, InvalidRequest, KeyReused
from crm.core.reason import Reason

HERE = f"{HOME}/announcements"
_TEAM, _ROLE, _YES = "team.", "role.", "yes"
_FIELDS = ("title", "text", "until")
_TO = ("/teams/", "/roles/")
_FULL = Reason("as many as are kept have been told; withdraw some")


def show(visit: Visit) -> Page:
    """All that are kept, and of one that the address names who has read it. Raises NotFound."""
    return _page(visit, {})


def act(visit: Visit) -> Page | SeeOther:
    """Tell the team something, or take it back. Raises NotFound, InvalidRequest."""
    action = visit.asked.form.get("action", "")
    if action == "tell":
        return _tell(visit)
    if action == "withdraw":
        service.withdraw(announcement_id=visit.asked.form.get("announcement", "")[:60], expected_version=None)
        return SeeOther(f"{HERE}?done=withdrawn")
    raise InvalidRequest("the form says nothing that can be done")


def _tell(visit: Visit) -> Page | SeeOther:
    from crm.announcements.schemas import NewAnnouncement  # looking at the list needs no schema

    form = visit.asked.form
    typed = {name: value for name, value in form.items() if name.startswith((_TEAM, _ROLE)) or name == "mail"}
    typed |= filled(form, _FIELDS)
    to = {
        "teams": [name.removeprefix(_TEAM) for name in typed if name.startswith(_TEAM)],
        "roles": [name.removeprefix(_ROLE) for name in typed if name.startswith(_ROLE)],
    }
    told = {**{name: typed[name] for name in _FIELDS if name in typed}, **to, "mail": typed.get("mail") == _YES}
    try:
        key = once(form)
        new = checked(NewAnnouncement, told)
        made = service.tell(fields=new.model_dump(), by=visit.actor, idempotency_key=key)
    except InvalidFields as refused:
        return again(_page(visit, typed), _by_field(refused))
    except KeyReused as sent:
        return again(_page(visit, typed), sent)
    except Conflict:
        return again(_page(visit, typed), Conflict(_FULL))
    return SeeOther(f"{HERE}?one={made.announcement_id}&done=told")


def _page(visit: Visit, typed: Mapping[str, str]) -> Page:
    named, known = visit.asked.query.get("one"), roster.current()
    one = service.get(announcement_id=named[:60]) if named else None
    read, unread = service.readers(one.announcement_id) if one else ([], [])
    values: dict[str, Any] = {
        "told": [_line(announcement) for announcement in Announcement.read_all()],
        "one": _line(one) if one else None,
        "read": [(receipt.staff_id, receipt.read_at) for receipt in read],
        "unread": unread,
        "teams": known.teams,
        "roles": [*rules.policy().roles, *sorted(known.roles)],
        "typed": {**dict.fromkeys(_FIELDS, ""), **typed},
        "once": secrets.token_urlsafe(12),
        "done": visit.asked.query.get("done"),
        "errors": {},
    }
    return Page("announcements/announcements.html", values)


def _line(announcement: Announcement) -> Mapping[str, Any]:
    named = ("announcement_id", "title", "text", "until", "created_at", "created_by", "withdrawn_at", "mail")
    to = {"teams": list(announcement.teams), "roles": list(announcement.roles)}
    return {**{name: getattr(announcement, name) for name in named}, **to, "is_up": service.is_up(announcement)}


def _by_field(refused: InvalidFields) -> InvalidFields:
    """Which of the teams or roles was wrong is told beside all of them."""
    fields = (FieldError("/to" if one.pointer.startswith(_TO) else one.pointer, one.reason) for one in refused.fields)
    return InvalidFields(refused.detail, fields=tuple(fields))
