"""Who may be entered twice: the pairs to decide about, and what was decided of one."""

from collections.abc import Mapping
from typing import Any

from crm.console.asked import Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.core.errors import InvalidRequest
from crm.core.paging import PageRequest
from crm.core.veil import visible
from crm.duplicates import service
from crm.duplicates.service import Shown

PLACE = f"{HOME}/duplicates"
_ON_A_PAGE = 25
_DECIDED = {"different": True, "perhaps": False}
_SHOWN = ("name", "phone", "email", "birthday", "address", "owner")


def show(visit: Visit) -> Page:
    """The pairs within reach, the most alike first. Raises ForeignCursor."""
    actor, query = visit.actor, visit.asked.query
    request = PageRequest(f"console duplicates:{actor.scope}", _ON_A_PAGE, query.get("after"))
    found = service.page(request, within=actor.within("customers.merge", "customers.read"))
    values = {
        "pairs": [_told(one, visit) for one in found.items],
        "next": found.next,
        "is_first": "after" not in query,
        "place": PLACE,
        "done": query.get("done") if query.get("done") in _DECIDED else None,
        "pair": query.get("pair", ""),
    }
    return Page("duplicates/list.html", values)


def decide(visit: Visit) -> SeeOther:
    """Remember that two are not the same, or that it is open again. Raises NotFound, InvalidRequest."""
    action = visit.asked.form.get("action", "")
    if action not in _DECIDED:
        raise InvalidRequest("the form says nothing that can be done")
    pair = service.decide(pair_id=visit.asked.names["pair"], different=_DECIDED[action], caller=visit.actor.who)
    return SeeOther(f"{PLACE}?done={action}&pair={pair.pair_id}")


def _told(one: Shown, visit: Visit) -> Mapping[str, Any]:
    return {
        "id": one.pair.pair_id,
        "score": int(one.pair.score),
        "reasons": list(one.pair.reasons),
        "customers": [candidate(customer, visit) for customer in one.customers],
    }


def candidate(customer: Mapping[str, Any], visit: Visit) -> Mapping[str, Any]:
    """One of a pair, as far as the reader sees them: {id, name, phone, email, birthday, address, owner}."""
    seen = visible(customer, visit.actor.hidden)
    return {"id": str(customer["pk"]).partition("#")[2], **{name: seen.get(name) for name in _SHOWN}}
