"""The customers of one who leaves, as a member's page shows them: who would get them, and how far it is."""

from collections.abc import Mapping
from typing import Any

from crm.console.asked import Visit
from crm.console.routes import HOME
from crm.core.errors import NotFound
from crm.handovers import counts, service
from crm.handovers.models import Handover
from crm.rounds.models import UNDER_WAY
from crm.routing import service as routing_service


def of(visit: Visit, staff_id: str) -> dict[str, Any]:
    """What the page needs of it: `handover` is the one that its address names. Raises NotFound."""
    may = visit.actor.may("routing.manage")
    named = visit.asked.query.get("handover") if may else None
    found = one_of(staff_id, named) if named else None
    return {
        "staff_id": staff_id,
        "may_hand_over": may,
        "has_rules": may and bool(routing_service.standing().listed),
        "handover": found,
        "handover_to": chosen(found.to) if found else None,
        "handover_again": f"{HOME}/staff/{staff_id}?handover={named}" if found else None,
        "is_under_way": bool(found and found.state in UNDER_WAY),
        "counts": counts.of(found) if found else None,
    }


def one_of(staff_id: str, handover_id: str) -> Handover:
    """A handover of this member's customers. Raises NotFound."""
    found = service.get(handover_id=handover_id[:60])
    if found.giver != staff_id:
        raise NotFound("this handover is of somebody else's customers")
    return found


def receiver(text: str) -> Mapping[str, Any]:
    """Who gets them, of a form's choice: `rules`, `member.<id>` or `team.<id>`; empty where it is none of these."""
    kind, _, name = text.partition(".")
    if kind == "rules":
        return {"rules": True}
    return {kind: name} if kind in ("member", "team") and name else {}


def chosen(to: Mapping[str, Any]) -> str:
    """The form's choice that means a receiver."""
    ((kind, name),) = to.items()
    return kind if kind == "rules" else f"{kind}.{name}"
