"""The teams: who is in which, and making one."""

from collections.abc import Mapping
from typing import Any

from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, checked
from crm.console.routes import HOME
from crm.core.errors import Conflict, InvalidFields, LimitReached
from crm.core.paging import PageRequest
from crm.core.reason import Reason
from crm.staff import service as staff_service
from crm.staff import teams as service

HERE = f"{HOME}/teams"
_MOST = 200
_TAKEN = Reason("there is a team with this short name already; choose another one")


def show(visit: Visit) -> Page:
    """All teams by their short names, each with who is in it."""
    return _page(visit, {"id": "", "name": ""})


def make(visit: Visit) -> Page | SeeOther:
    """Make a team, in which nobody is yet."""
    from crm.staff.schemas import NewTeam

    typed = {name: visit.asked.form.get(name, "").strip() for name in ("id", "name")}
    try:
        new = checked(NewTeam, typed)
        service.make(team_id=new.id, name=new.name)
    except (InvalidFields, LimitReached) as refused:
        return again(_page(visit, typed), refused)
    except Conflict:
        return again(_page(visit, typed), InvalidFields.one("/id", _TAKEN))
    return SeeOther(f"{HERE}/{new.id}?done=made")


def people() -> dict[str, str]:
    """Who works here: by their short names what they are called."""
    found = staff_service.page(PageRequest("console members", _MOST)).items
    return {one.staff_id: one.name for one in found if not one.inactive}


def _page(visit: Visit, typed: Mapping[str, str]) -> Page:
    values: dict[str, Any] = {
        "teams": service.listed(),
        "people": people(),
        "may_manage": visit.actor.may("staff.manage"),
        "typed": typed,
        "errors": {},
        "done": visit.asked.query.get("done"),
    }
    return Page("teams/teams.html", values)
