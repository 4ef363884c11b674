"""Giving the customers of one member to others: counted first, then done, then perhaps taken back."""

from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, once
from crm.console.staff import handing_over, member
from crm.console.staff.overview import HERE
from crm.core.errors import Conflict, InvalidFields, InvalidRequest
from crm.handovers import service
from crm.staff import service as staff_service

_ACTIONS = ("preview", "give", "undo")


def act(visit: Visit) -> Page | SeeOther:
    """Count who would get whom, give them, or take it back. Raises NotFound, InvalidRequest."""
    form, staff_id, who = visit.asked.form, visit.asked.names["staff_id"], visit.actor.who
    action = form.get("action", "")
    if action not in _ACTIONS:
        raise InvalidRequest("the form says nothing that can be done")
    staff_service.get(staff_id=staff_id)
    try:
        if action == "undo":
            named = handing_over.one_of(staff_id, form.get("handover", ""))
            found = service.undo(handover_id=named.handover_id, caller=who)
        else:
            found = service.ask(
                giver=staff_id,
                to=dict(handing_over.receiver(form.get("to", ""))),
                trial=action == "preview",
                caller=who,
                idempotency_key=once(form),
            )
    except InvalidFields as refused:
        return again(member.page(visit), InvalidFields.one("/to", refused.fields[0].reason))
    except Conflict as refused:
        return again(member.page(visit), InvalidFields.one("/to", refused.reason))
    return SeeOther(f"{HERE}/{staff_id}?handover={found.handover_id}")
