"""Who works here, and entering somebody new."""

import secrets
from collections.abc import Mapping
from typing import Any

from crm.access import persons, roster
from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, checked, filled, once
from crm.console.routes import HOME
from crm.console.saying import Saying
from crm.console.staff import members
from crm.core.errors import Conflict, Forbidden, InvalidFields, KeyReused
from crm.core.paging import PageRequest
from crm.core.reason import Reason
from crm.staff import service
from crm.staff.models import Member

HERE = f"{HOME}/staff"
_AT_ONCE = 50
_FIELDS = ("id", "name", "email", "language", "role")
_TAKEN = Reason("somebody has this short name already; choose another one")
_BEYOND = Reason("this role may more than yours")


def show(visit: Visit) -> Page:
    """All members by their short names, a page at a time."""
    return _page(visit, {})


def enter(visit: Visit) -> Page | SeeOther:
    """Add a member, who is invited by mail where an address is given."""
    from crm.staff.schemas import NewMember  # looking at the list needs no schema

    typed = filled(visit.asked.form, _FIELDS)
    try:
        new = checked(NewMember, typed)
        fields = new.model_dump(exclude_none=True, exclude={"id"})
        service.enter(staff_id=new.id, fields=fields, by=visit.actor, idempotency_key=once(visit.asked.form))
    except InvalidFields as refused:
        return again(_page(visit, typed), refused)
    except KeyReused as sent:
        return again(_page(visit, typed), sent)
    except Conflict:
        return again(_page(visit, typed), InvalidFields.one("/id", _TAKEN))
    except Forbidden:
        return again(_page(visit, typed), InvalidFields.one("/role", _BEYOND))
    return SeeOther(f"{HERE}/{new.id}?done=entered")


def _page(visit: Visit, typed: Mapping[str, str]) -> Page:
    request = PageRequest(f"console staff:{visit.actor.scope}", _AT_ONCE, visit.asked.query.get("cursor") or None)
    found = service.page(request)
    today = Saying(visit.language).today
    known = roster.current()
    values: dict[str, Any] = {
        "people": [_line(one) for one in found.items],
        "away": {name for name, one in known.members.items() if persons.is_away(one, today=today)},
        "teams": known.teams,
        "next": f"{HERE}?cursor={found.next}" if found.next else None,
        "may_manage": visit.actor.may("staff.manage"),
        "roles": members.roles_to_give(visit.actor),
        "typed": {**dict.fromkeys(_FIELDS, ""), **typed},
        "once": secrets.token_urlsafe(12),
        "errors": {},
    }
    return Page("staff/staff.html", values)


def _line(member: Member) -> Mapping[str, Any]:
    named = ("staff_id", "name", "role", "language", "away_until", "substitute")
    teams, inactive = list(member.teams or ()), bool(member.inactive)
    return {**{name: getattr(member, name) for name in named}, "teams": teams, "inactive": inactive}
