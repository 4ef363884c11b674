"""Keeps the account of a member in the user pool as the store says: invited once, and let in or shut out.

The store is written first, with the member; its stream record starts the job that comes here. Whatever dies in between
comes again, and every call of Cognito's may be repeated: of two that make the same account, one does, and only that
one mails. So nobody is mailed twice, and nobody is forgotten.
"""

from crm.access import rules
from crm.access.models import Roster
from crm.core import clock, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.reason import Reason
from crm.staff import pool
from crm.staff.models import Account, Member
from crm.staff.pool import Refused

_TRIES = 8
INVITING, INVITED, THERE, UNDELIVERED, REFUSED = "inviting", "invited", "there", "undelivered", "refused"
_WITH_ACCOUNT = frozenset({INVITED, THERE, UNDELIVERED})
_REASONS = {
    "AliasExistsException": Reason("somebody else signs in with this e-mail address"),
    "CodeDeliveryFailureException": Reason("the mail could not be sent"),
    "LimitExceededException": Reason("Cognito has sent its mails of the day"),
    "UnsupportedUserStateException": Reason("has signed in already"),
}


def keep(*, staff_id: str) -> None:
    """Bring the account to what the store says of the member. Raises StoreUnavailable, botocore's errors."""
    is_forced = False
    for _ in range(_TRIES):
        try:
            member = Member.read(staff_id)
        except Member.DoesNotExist:
            return
        try:
            _bring(member, Account.read(staff_id), is_forced=is_forced)
        except table.ConditionFailed:
            # Somebody else was at it: what either of us has told Cognito may have come in any order.
            is_forced = True
        else:
            return
    raise StoreUnavailable("the account is being changed by many at once")


def _bring(member: Member, account: Account, *, is_forced: bool) -> None:
    if not settings().staff_pool:
        return
    told = Roster.read().members.get(member.staff_id, {})
    if member.email and not told.get("inactive"):
        if _is_to_be_made(member, account):
            _make(member, account)
        elif member.invitation and member.invitation != account.invitation:
            _invite_again(member, account)
    if account.state in _WITH_ACCOUNT:
        _tell(member, account, told, is_forced=is_forced)


def _is_to_be_made(member: Member, account: Account) -> bool:
    return account.state in {None, INVITING} or (account.state == REFUSED and account.email != member.email)


def _make(member: Member, account: Account) -> None:
    begun_before = account.state == INVITING
    account.keep(state=INVITING, email=member.email, invitation=member.invitation, reason=None)
    try:
        pool.invite(member.staff_id, email=str(member.email))
    except Refused as refused:
        if refused.kind == "UsernameExistsException":
            # Made by us, and the answer was lost, or made by somebody else: then it is theirs to mail.
            account.keep(state=INVITED if begun_before else THERE)
            return
        _note(account, refused)
    else:
        account.keep(state=INVITED, invited_at=clock.stamp())


def _invite_again(member: Member, account: Account) -> None:
    # Noted first: a second mail with another password is worse than one that somebody has to ask for again.
    account.keep(invitation=member.invitation, reason=Reason("asked for again; whether it was sent is not known"))
    try:
        pool.invite_again(member.staff_id, email=str(member.email))
    except Refused as refused:
        if refused.kind == "UserNotFoundException":
            _make(member, account)
            return
        _note(account, refused)
    else:
        account.keep(state=INVITED, invited_at=clock.stamp(), reason=None)


def _note(account: Account, refused: Refused) -> None:
    if refused.kind == "UnsupportedUserStateException":
        state = account.state
    elif refused.kind in {"CodeDeliveryFailureException", "LimitExceededException"}:
        state = UNDELIVERED
    else:
        state = REFUSED
    account.keep(state=state, reason=_why(refused))


def _why(refused: Refused) -> Reason:
    return _REASONS.get(refused.kind) or Reason("Cognito refuses: {kind}", kind=refused.kind)


def _tell(member: Member, account: Account, told: dict[str, object], *, is_forced: bool) -> None:
    """Address, whether they are let in, and sign-outs; each only where Cognito was not told yet."""
    made_here = account.state != THERE
    wanted = account.told
    if made_here and member.email:
        wanted["email"] = member.email
    # Who was made an owner in the pool itself is shut out by an owner alone, as the guard has it.
    if made_here or told.get("by") == rules.OWNER:
        wanted["inactive"] = bool(told.get("inactive"))
    wanted["signed_out"] = int(str(told.get("signed_out", 0)))
    changed = {name for name, value in wanted.items() if is_forced or value != account.told[name]}
    if not changed:
        return
    reason = account.reason
    try:
        _tell_changed(member.staff_id, wanted, changed)
    except Refused as refused:
        reason = _why(refused)
    account.keep(**wanted, reason=reason)


def _tell_changed(staff_id: str, wanted: dict[str, object], changed: set[str]) -> None:
    # Shutting out comes first: a refused address must not keep anybody in.
    if "inactive" in changed:
        (pool.shut_out if wanted["inactive"] else pool.let_in)(staff_id)
    if "signed_out" in changed and wanted["signed_out"]:
        pool.sign_out(staff_id)
    if "email" in changed and wanted["email"]:
        pool.tell_address(staff_id, email=str(wanted["email"]))
