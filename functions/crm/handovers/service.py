"""Use cases of handovers: ask for one, look how far it is, take it back."""

from typing import Any

from crm.access.models import Roster
from crm.core import ids
from crm.core.errors import Conflict, InvalidFields, KeyReused, NotFound
from crm.core.reason import Reason
from crm.handovers.models import Handover
from crm.rounds import service as rounds
from crm.routing import rules as routing_rules
from crm.routing import service as routing_service
from crm.routing.rules import Target
from crm.staff import service as staff_service

_ROUTE = "POST /handovers"


def ask(*, giver: str | None, to: dict[str, Any], trial: bool, caller: str, idempotency_key: str | None) -> Handover:
    """Have the customers of a member (None: of nobody) given to others. The same request again answers with it.

    Raises InvalidFields: there is no such member, team or rule, or nobody of them is there; KeyReused.
    """
    handover_id = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    request_hash = ids.request_hash([giver, to, trial])
    if known := Handover.find(handover_id):
        return _replayed(known, request_hash)
    _require_possible(giver, to)
    handover = Handover.keyed(
        handover_id, request_hash=request_hash, giver=giver, to=to, trial=trial, **rounds.begun(caller)
    )
    return handover if rounds.added(handover) else _replayed(get(handover_id=handover_id), request_hash)


def get(*, handover_id: str) -> Handover:
    """One handover. Raises NotFound."""
    found = Handover.find(handover_id)
    if found is None:
        raise NotFound(f"there is no handover {handover_id[:60]!a}; they are kept for {rounds.KEPT_FOR.days} days")
    return found


def listed() -> list[Handover]:
    """The handovers of the last weeks, the newest first."""
    return sorted(Handover.read_all(), key=lambda one: one.at, reverse=True)


def undo(*, handover_id: str, caller: str) -> Handover:
    """Give back those whom nobody has given to others since. Raises NotFound, Conflict."""
    return rounds.undo(lambda: get(handover_id=handover_id), require=_require_real, caller=caller)


def _require_real(handover: Handover) -> None:
    if handover.trial:
        raise Conflict(Reason("it was a trial, and has changed nobody"))


def _require_possible(giver: str | None, to: dict[str, Any]) -> None:
    if len([one for one in to.values() if one]) != 1:
        raise InvalidFields.one("/to", Reason('name one: {"rules": true}, {"member": …} or {"team": …}'))
    for at, staff_id in (("/from", giver), ("/to/member", to.get("member"))):
        if staff_id is not None:
            _require_member(at, staff_id)
    _require_team(to.get("team"))
    if to.get("member") is not None and to["member"] == giver:
        raise InvalidFields.one("/to/member", Reason("must be somebody else"))
    if to.get("rules"):
        if not routing_service.standing().listed:
            raise InvalidFields.one("/to/rules", Reason("there are no rules; PATCH /routing sets them"))
        return
    target = Target(to.get("member"), to.get("team"))
    today = routing_service.moment().day
    if not routing_rules.candidates("", target, routing_service.members(without=giver), today=today):
        raise InvalidFields.one("/to", Reason("nobody of them is there; they are away or work here no more"))


def _require_team(team: str | None) -> None:
    if team is not None and team not in Roster.read().teams:
        raise InvalidFields.one("/to/team", Reason("there is no such team; GET /teams lists them"))


def _require_member(at: str, staff_id: str) -> None:
    try:
        staff_service.get(staff_id=staff_id)
    except NotFound:
        raise InvalidFields.one(at, Reason("there is no such member of staff; GET /staff lists them")) from None


def _replayed(known: Handover, request_hash: str) -> Handover:
    if known.request_hash != request_hash:
        raise KeyReused("send another Idempotency-Key for another handover")
    return known
