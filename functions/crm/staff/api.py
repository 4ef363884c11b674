"""Routes of members of staff."""

from collections.abc import Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.access import rules
from crm.access.rules import Role
from crm.core import http
from crm.core.paging import PageRequest
from crm.staff import roles, service, signing_out, teams
from crm.staff.models import Account, Member
from crm.staff.schemas import (
    AccountOut,
    MemberChange,
    MemberList,
    MemberOut,
    NewMember,
    NewRole,
    NewTeam,
    RoleChange,
    RoleList,
    RoleOut,
    TeamChange,
    TeamList,
    TeamOut,
)

router = http.router()


@router.post("/staff", status_code=201, tags=["staff"], summary="Add a member of staff")
def enter(member: Annotated[NewMember, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[MemberOut]:
    fields = member.model_dump(exclude_none=True, exclude={"id"})
    entered = service.enter(staff_id=member.id, fields=fields, by=http.actor(router), idempotency_key=idempotency_key)
    return http.created(shown(entered), location=f"/staff/{entered.staff_id}")


@router.get("/staff", tags=["staff"], summary="List the members of staff")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[MemberList]:
    found = service.page(PageRequest(f"staff:{http.reader(router)}", limit, cursor))
    return http.found(MemberList(items=[shown(member) for member in found.items], next=found.next))


@router.get("/staff/<staff_id>", tags=["staff"], summary="One member of staff")
def read(staff_id: str) -> Response[MemberOut]:
    return http.found(shown(service.get(staff_id=staff_id)))


@router.patch("/staff/<staff_id>", tags=["staff"], summary="Change fields of a member of staff")
def change(
    staff_id: str, member: Annotated[MemberChange, Body()], if_match: http.IfMatch = None
) -> Response[MemberOut]:
    changed = service.change(
        staff_id=staff_id,
        fields=member.model_dump(exclude_unset=True),
        expected_version=http.expected_version(if_match),
        by=http.actor(router),
    )
    return http.found(shown(changed))


@router.get("/staff/<staff_id>/account", tags=["staff"], summary="How a member stands at the user pool")
def account(staff_id: str) -> Response[AccountOut]:
    service.get(staff_id=staff_id)
    return http.found(_account(staff_id))


@router.post("/staff/<staff_id>/invitation", status_code=202, tags=["staff"], summary="Invite a member once more")
def invite(staff_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[AccountOut]:
    by = http.actor(router)
    signing_out.ask_for_invitation(staff_id=staff_id, by=by, idempotency_key=idempotency_key)
    return http.accepted(_account(staff_id), location=f"/staff/{staff_id}/account")


@router.post("/staff/<staff_id>/sign-out", status_code=204, tags=["staff"], summary="Sign a member out everywhere")
def sign_out(staff_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[None]:
    signing_out.sign_out(staff_id=staff_id, by=http.actor(router), idempotency_key=idempotency_key)
    return http.gone()


@router.get("/roles", tags=["staff"], summary="All roles, and the permissions that they are made of")
def list_roles() -> Response[RoleList]:
    table = rules.policy()
    items = [_built_in(role) for role in table.roles.values()]
    items += [_own(role_id, told) for role_id, told in roles.listed().items()]
    return http.found(RoleList(items=items, permissions=table.permissions, hideable=dict(table.hideable)))


@router.post("/roles", status_code=201, tags=["staff"], summary="Make a role from named permissions")
def make_role(role: Annotated[NewRole, Body()]) -> Response[RoleOut]:
    told = role.model_dump(exclude={"id"}, exclude_none=True)
    made = roles.make(role_id=role.id, fields=told, by=http.actor(router))
    return http.created(_own(role.id, made), location=f"/roles/{role.id}")


@router.get("/roles/<role_id>", tags=["staff"], summary="One role")
def read_role(role_id: str) -> Response[RoleOut]:
    built_in = rules.policy().roles.get(role_id)
    return http.found(_built_in(built_in) if built_in else _own(role_id, roles.get(role_id=role_id)))


@router.patch("/roles/<role_id>", tags=["staff"], summary="Change what a role of the business may")
def change_role(role_id: str, role: Annotated[RoleChange, Body()], if_match: http.IfMatch = None) -> Response[RoleOut]:
    changed = roles.change(
        role_id=role_id,
        fields=role.model_dump(exclude_unset=True),
        expected_version=http.expected_version(if_match),
        by=http.actor(router),
    )
    return http.found(_own(role_id, changed))


@router.delete("/roles/<role_id>", status_code=204, tags=["staff"], summary="Take a role away that nobody has")
def remove_role(role_id: str, if_match: http.IfMatch = None) -> Response[None]:
    roles.remove(role_id=role_id, expected_version=http.expected_version(if_match), by=http.actor(router))
    return http.gone()


@router.get("/teams", tags=["staff"], summary="All teams, and who is in them")
def list_teams() -> Response[TeamList]:
    return http.found(TeamList(items=[_team(team_id, team) for team_id, team in teams.listed().items()]))


@router.post("/teams", status_code=201, tags=["staff"], summary="Make a team")
def make_team(team: Annotated[NewTeam, Body()]) -> Response[TeamOut]:
    made = teams.make(team_id=team.id, name=team.name)
    return http.created(_team(team.id, made), location=f"/teams/{team.id}")


@router.get("/teams/<team_id>", tags=["staff"], summary="One team")
def read_team(team_id: str) -> Response[TeamOut]:
    return http.found(_team(team_id, teams.get(team_id=team_id)))


@router.patch("/teams/<team_id>", tags=["staff"], summary="Give a team another name")
def rename_team(team_id: str, team: Annotated[TeamChange, Body()], if_match: http.IfMatch = None) -> Response[TeamOut]:
    named = teams.rename(team_id=team_id, name=team.name, expected_version=http.expected_version(if_match))
    return http.found(_team(team_id, named))


@router.delete("/teams/<team_id>", status_code=204, tags=["staff"], summary="Take a team away that nobody is in")
def remove_team(team_id: str, if_match: http.IfMatch = None) -> Response[None]:
    teams.remove(team_id=team_id, expected_version=http.expected_version(if_match))
    return http.gone()


def shown(member: Member) -> MemberOut:
    """The member as the API shows it."""
    values = member.attribute_values
    fields = {name: values[name] for name in MemberOut.model_fields if values.get(name) is not None}
    return MemberOut.model_validate({**fields, "id": member.staff_id, "version": int(member.version)})


def _account(staff_id: str) -> AccountOut:
    known = Account.read(staff_id)
    told = {name: getattr(known, name) for name in ("email", "invited_at", "reason")}
    return AccountOut(state=known.state or "none", **told)


def _built_in(role: Role) -> RoleOut:
    named = {reach: sorted(one for one, far in role.rights.items() if far == reach) for reach in ("own", "team", "all")}
    known = {"id": role.name, "built_in": True, "version": None, "says": role.says, "unowned": role.unowned}
    told = {"hidden": sorted(role.hidden - role.contact), "purpose": role.purpose}
    return RoleOut.model_validate({**known, **named, **told})


def _own(role_id: str, told: Mapping[str, Any]) -> RoleOut:
    empty: dict[str, Any] = {
        "says": "",
        "own": [],
        "team": [],
        "all": [],
        "hidden": [],
        "unowned": False,
        "purpose": None,
    }
    known = {"id": role_id, "built_in": False, "version": int(told["version"])}
    return RoleOut.model_validate({**empty, **told, **known})


def _team(team_id: str, team: Mapping[str, Any]) -> TeamOut:
    return TeamOut.model_validate({**team, "id": team_id, "version": int(team["version"])})
