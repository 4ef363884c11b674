"""Routes of members of staff."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http
from crm.core.paging import PageRequest
from crm.staff import service
from crm.staff.models import Member
from crm.staff.schemas import MemberChange, MemberList, MemberOut, NewMember

router = http.router()


@router.post("/staff", status_code=201, tags=["staff"], summary="Add a member of staff")
def enter(member: Annotated[NewMember, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[MemberOut]:
    fields = member.model_dump(exclude_none=True, exclude={"id"})
    entered = service.enter(
        staff_id=member.id, fields=fields, caller=http.caller(router), idempotency_key=idempotency_key
    )
    return http.created(shown(entered), location=f"/staff/{entered.staff_id}")


@router.get("/staff", tags=["staff"], summary="List the members of staff")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[MemberList]:
    found = service.page(PageRequest(f"staff:{http.caller(router)}", limit, cursor))
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
    )
    return http.found(shown(changed))


def shown(member: Member) -> MemberOut:
    """The member as the API shows it."""
    values = member.attribute_values
    fields = {name: values[name] for name in MemberOut.model_fields if values.get(name) is not None}
    return MemberOut.model_validate({**fields, "id": member.staff_id, "version": int(member.version)})
