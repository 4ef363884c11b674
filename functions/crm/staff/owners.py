"""The first owner, and another one where all owners are gone: made by who has the rights of the account itself."""

from crm.access import rules
from crm.core.actor import Actor
from crm.core.errors import Conflict
from crm.staff import service
from crm.staff.schemas import NewMember


def appoint(*, staff_id: str, name: str, email: str) -> None:
    """Make somebody an owner, and invite them where they have no account yet. May be repeated.

    Only a job does this: whoever can start one could write the table as well. Raises what `service.change` raises,
    and pydantic's ValidationError.
    """
    by = Actor(who="account", role=rules.OWNER, rights=rules.policy().roles[rules.OWNER].rights)
    new = NewMember(id=staff_id, name=name, email=email, role=rules.OWNER)
    try:
        member = service.enter(staff_id=new.id, fields=new.model_dump(exclude_none=True, exclude={"id"}), by=by)
    except Conflict:
        member = service.get(staff_id=new.id)
    if member.inactive or (member.email, member.role) != (new.email, new.role):
        fields = {"email": new.email, "role": new.role, "inactive": False}
        service.change(staff_id=new.id, fields=fields, expected_version=None, by=by)
