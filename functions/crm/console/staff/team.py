"""One team: its name, who is in it, and taking it away."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from crm.access import roster
from crm.console import forms, overtaken
from crm.console.asked import Page, SeeOther, Visit
from crm.console.overtaken import Edit
from crm.console.staff import members
from crm.console.staff.teams import HERE, people
from crm.core.errors import Conflict, Forbidden, InvalidFields, InvalidRequest, NotFound, StaleVersion
from crm.core.reason import Reason
from crm.staff import service as staff_service
from crm.staff import teams as service
from crm.staff.teams import Team

_TRIES = 4


def show(visit: Visit) -> Page:
    """The team; forms for who may change it. Raises NotFound."""
    return _page(visit)


def act(visit: Visit) -> Page | SeeOther:
    """What a button of the page is for. Raises NotFound, InvalidRequest."""
    service.get(team_id=_id(visit))
    todo = {"rename": _rename, "put_in": _put_in, "take_out": _take_out, "delete": _delete}.get(
        visit.asked.form.get("action", "")
    )
    if todo is None:
        raise InvalidRequest("the form says nothing that can be done")
    try:
        return todo(visit)
    except InvalidFields as refused:
        return forms.again(_page(visit), refused)
    except Forbidden:
        # In words that say why; the audit notes it by the status.
        return replace(_page(visit, is_refused=True), status=HTTPStatus.FORBIDDEN.value)


def _rename(visit: Visit) -> Page | SeeOther:
    form, team_id = visit.asked.form, _id(visit)

    def read() -> Team:
        return service.get(team_id=team_id)

    def write(team: Team, edit: Edit) -> None:
        from crm.staff.schemas import TeamChange

        name = forms.checked(TeamChange, edit.changed).name
        service.rename(team_id=team_id, name=name, expected_version=int(team["version"]))

    try:
        outcome = overtaken.written(form, read=read, shown=_shown, write=write)
    except InvalidFields as refused:
        return forms.again(_page(visit, shown=Edit.of(form, now=_shown(read())).shown), refused)
    if outcome.edit.contested:
        page = _page(visit, shown=outcome.edit.shown, contested=outcome.edit.contested)
        return replace(page, status=HTTPStatus.CONFLICT.value)
    return _done(visit, "renamed")


def _put_in(visit: Visit) -> SeeOther:
    _in_teams(visit, lambda teams: [*teams, _id(visit)])
    return _done(visit, "put_in")


def _take_out(visit: Visit) -> SeeOther:
    _in_teams(visit, lambda teams: [one for one in teams if one != _id(visit)])
    return _done(visit, "taken_out")


def _in_teams(visit: Visit, change: Any) -> None:
    """Change which teams the member is in whom the form names. Raises InvalidFields, Forbidden, StaleVersion."""
    for _ in range(_TRIES):
        try:
            member = staff_service.get(staff_id=visit.asked.form.get("member", "")[:40])
        except NotFound:
            raise InvalidFields.one("/member", Reason("there is no such member of staff")) from None
        before = list(member.teams or ())
        after = list(dict.fromkeys(change(before)))
        if after == before:
            return
        fields, version = {"teams": after}, int(member.version)
        try:
            staff_service.change(staff_id=member.staff_id, fields=fields, expected_version=version, by=visit.actor)
        except StaleVersion:
            continue
        return
    raise StaleVersion("many are changing it at once; try again")


def _delete(visit: Visit) -> Page | SeeOther:
    version = forms.version(visit.asked.form)
    try:
        service.remove(team_id=_id(visit), expected_version=version)
    except (Conflict, StaleVersion) as refused:
        # Somebody was put in, or it got another name: it is shown once more as it is now.
        return replace(_page(visit, ask=True, is_new_to_them=True), status=refused.status.value)
    return SeeOther(f"{HERE}?done=deleted")


def _page(visit: Visit, **more: Any) -> Page:
    team, known, actor = service.get(team_id=_id(visit)), people(), visit.actor
    everybody, inside, shown = roster.current(), list(team["members"]), _shown(team)
    mine = {one for one in {*known, *inside} if not members.is_beyond(actor, one, everybody)}
    values: dict[str, Any] = {
        "team_id": _id(visit),
        "team": team,
        "version": int(team["version"]),
        "address": f"{HERE}/{_id(visit)}",
        "inside": [(one, known.get(one, one), one in mine) for one in inside],
        "others": [(one, name) for one, name in known.items() if one in mine and one not in inside],
        "may_manage": actor.may("staff.manage"),
        "shown": shown,
        "before": overtaken.marks(shown),
        "ask": visit.asked.query.get("ask") == "delete",
        "contested": {},
        "errors": {},
        "is_refused": False,
        "is_new_to_them": False,
        "done": visit.asked.query.get("done"),
        **more,
    }
    return Page("teams/team.html", values)


def _shown(team: Team) -> Mapping[str, str]:
    return {"name": str(team["name"])}


def _done(visit: Visit, what: str) -> SeeOther:
    return SeeOther(f"{HERE}/{_id(visit)}?done={what}")


def _id(visit: Visit) -> str:
    return visit.asked.names["team_id"]
