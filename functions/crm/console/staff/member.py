"""One member of staff: who it is, what they may, when they are away; let go, invited again, signed out everywhere."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from crm.access import persons, roster
from crm.access.models import Roster
from crm.console import overtaken
from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, once
from crm.console.overtaken import Edit
from crm.console.saying import Saying
from crm.console.staff import handing_over, members
from crm.console.staff.overview import HERE
from crm.core.errors import Conflict, Forbidden, InvalidFields, InvalidRequest
from crm.core.paging import PageRequest
from crm.staff import service, signing_out
from crm.staff.models import Account, Member

_MOST = 200
ASKS = ("leave", "sign-out")
"""What is asked once more before it is done."""


def show(visit: Visit) -> Page:
    """The member; forms for who may change them. Raises NotFound."""
    if visit.asked.is_partial and "handover" in visit.asked.query:
        shown = {**handing_over.of(visit, _id(visit)), "once": secrets.token_urlsafe(12)}
        return Page("staff/handover.html", shown)
    return page(visit)


def act(visit: Visit) -> Page | SeeOther:
    """What a form of the page asks for. Raises NotFound, InvalidRequest."""
    todo = {"change": _change, "leave": _leave, "return": _return, "invite": _invite}.get(
        visit.asked.form.get("action", "")
    )
    if todo is None:
        raise InvalidRequest("the form says nothing that can be done")
    try:
        return todo(visit)
    except Forbidden:
        return _beyond(visit)
    except Conflict as refused:
        # Of these there is one reason to say at once: somebody has to be the owner.
        return again(page(visit), refused)


def sign_out(visit: Visit) -> Page | SeeOther:
    """End all sessions of the member, wherever they are signed in. Raises NotFound."""
    try:
        signing_out.sign_out(staff_id=_id(visit), by=visit.actor, idempotency_key=once(visit.asked.form))
    except Forbidden:
        return _beyond(visit)
    return _done(visit, "signed_out")


def page(visit: Visit, **more: Any) -> Page:
    """The page. Raises NotFound."""
    staff_id = _id(visit)
    member, known, actor = service.get(staff_id=staff_id), Roster.read(), visit.actor
    shown = members.shown(member, known.teams)
    is_beyond = members.is_beyond(actor, staff_id, known)
    asked = visit.asked.query.get("ask", "")
    values: dict[str, Any] = {
        "staff_id": staff_id,
        "member": member,
        "shown": shown,
        "before": overtaken.marks(shown),
        "teams": known.teams,
        "is_away": persons.is_away(known.members.get(staff_id, {}), today=Saying(visit.language).today),
        "is_beyond": is_beyond,
        "may_manage": actor.may("staff.manage") and not is_beyond,
        "may_sign_out": actor.who == staff_id or (actor.may("staff.manage") and not is_beyond),
        "account": Account.read(staff_id) if actor.may("staff.manage") else None,
        "roles": list(dict.fromkeys([*members.roles_to_give(actor), *([member.role] if member.role else [])])),
        "others": _others(staff_id),
        "ask": asked if asked in ASKS else None,
        "once": secrets.token_urlsafe(12),
        "contested": {},
        "errors": {},
        "done": visit.asked.query.get("done"),
        **handing_over.of(visit, staff_id),
        **more,
    }
    return Page("staff/member.html", values)


def _change(visit: Visit) -> Page | SeeOther:
    form, staff_id = visit.asked.form, _id(visit)
    teams = Roster.read().teams

    def read() -> Member:
        return service.get(staff_id=staff_id)

    def shown(member: Member) -> Mapping[str, str]:
        return members.shown(member, teams)

    def write(member: Member, edit: Edit) -> None:
        version = int(member.version)
        service.change(staff_id=staff_id, fields=members.told(edit), expected_version=version, by=visit.actor)

    try:
        outcome = overtaken.written(form, read=read, shown=shown, write=write)
    except InvalidFields as refused:
        edit = Edit.of(form, now=shown(read()))
        return again(page(visit, shown=edit.shown), members.by_field(refused))
    if outcome.edit.contested:
        asking = page(visit, shown=outcome.edit.shown, contested=outcome.edit.contested)
        return replace(asking, status=HTTPStatus.CONFLICT.value)
    return _done(visit, "changed")


def _leave(visit: Visit) -> SeeOther:
    service.change(staff_id=_id(visit), fields={"inactive": True}, expected_version=None, by=visit.actor)
    return _done(visit, "left")


def _return(visit: Visit) -> SeeOther:
    service.change(staff_id=_id(visit), fields={"inactive": False}, expected_version=None, by=visit.actor)
    return _done(visit, "returned")


def _invite(visit: Visit) -> Page | SeeOther:
    if members.is_beyond(visit.actor, _id(visit), roster.current()):
        raise Forbidden
    signing_out.ask_for_invitation(staff_id=_id(visit), by=visit.actor, idempotency_key=once(visit.asked.form))
    return _done(visit, "invited")


def _beyond(visit: Visit) -> Page:
    """Refused, in words that say why; the audit notes it by the status."""
    return replace(page(visit, is_refused=True), status=HTTPStatus.FORBIDDEN.value)


def _done(visit: Visit, what: str) -> SeeOther:
    return SeeOther(f"{HERE}/{_id(visit)}?done={what}")


def _others(staff_id: str) -> list[Member]:
    found = service.page(PageRequest("console members", _MOST)).items
    return [one for one in found if one.staff_id != staff_id and not one.inactive]


def _id(visit: Visit) -> str:
    return visit.asked.names["staff_id"]
