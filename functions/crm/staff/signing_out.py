"""Sign-out everywhere: what was signed in with before opens nothing, at the next request and for good."""

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.access import roster, rules
from crm.access.models import Roster
from crm.core import clock, ids, table
from crm.core.actor import Actor
from crm.core.errors import Forbidden, StoreUnavailable
from crm.staff import service
from crm.staff.models import Member

_TRIES = 8


def sign_out(*, staff_id: str, by: Actor, idempotency_key: str | None) -> None:
    """Refuse all tokens of sign-ins up to now. The same request again signs nobody out who is back since.

    Everybody may sign themselves out; another one, who may manage staff and may no less than that member. The roster
    is written with the member, so the guard knows within ten seconds; Cognito is told by the member's stream record.
    Raises Forbidden, NotFound, StoreUnavailable.
    """
    request = ids.derived(caller=by.who, route=f"POST /staff/{staff_id}/sign-out", idempotency_key=idempotency_key)
    if by.who != staff_id and not by.may("staff.manage"):
        raise rules.lacking("staff.manage")
    for _ in range(_TRIES):
        member, known = service.get(staff_id=staff_id), Roster.read()
        if member.signed_out == request:
            return
        _require_right(known, staff_id, by)
        after = _signed_out(known, staff_id)
        try:
            table.commit(_writing(member, request, known, after))
        except table.ConditionFailed:
            continue
        roster.remember(after)
        return
    raise StoreUnavailable("roles and teams are being changed by many at once")


def ask_for_invitation(*, staff_id: str, by: Actor, idempotency_key: str | None) -> None:
    """Have another first password mailed to who has not signed in yet; the same request again mails nothing twice.

    Raises NotFound, StoreUnavailable.
    """
    request = ids.derived(caller=by.who, route=f"POST /staff/{staff_id}/invitation", idempotency_key=idempotency_key)
    for _ in range(_TRIES):
        member = service.get(staff_id=staff_id)
        if member.invitation == request:
            return
        try:
            table.commit(_changing(member, [Member.invitation.set(request)]))
        except table.ConditionFailed:
            continue
        return
    raise StoreUnavailable("the member is being changed by many at once")


def _require_right(known: Roster, staff_id: str, by: Actor) -> None:
    role = rules.found(known.members.get(staff_id, {}).get("role"), known.roles)
    if by.who != staff_id and role and not rules.role_held(by).holds(role):
        raise Forbidden


def _signed_out(known: Roster, staff_id: str) -> Roster:
    # Whole seconds, as `auth_time` in a token has them.
    now = int(clock.now().timestamp())
    return known.followed_by(
        members={**known.members, staff_id: {**known.members.get(staff_id, {}), "signed_out": now}}
    )


def _writing(member: Member, request: str, known: Roster, after: Roster) -> table.Fill:
    change = _changing(member, [Member.signed_out.set(request)])

    def write(transaction: TransactWrite) -> None:
        change(transaction)
        known.replace(transaction, by=after)

    return write


def _changing(member: Member, actions: list[Action]) -> table.Fill:
    changed = [*actions, Member.version.set(member.version + 1), Member.updated_at.set(clock.stamp())]

    def write(transaction: TransactWrite) -> None:
        transaction.update(member, changed, condition=Member.version == member.version)

    return write
