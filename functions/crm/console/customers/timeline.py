"""What happened with one customer before what their page shows, a page at a time."""

from typing import TYPE_CHECKING

from crm.console.asked import Page, Visit
from crm.console.customers import telling
from crm.core import table
from crm.core.paging import PageRequest

if TYPE_CHECKING:
    from crm.timeline.models import Event

_MOST = 30


def show(visit: Visit) -> Page:
    """The page, for a script only what follows in the list. Raises NotFound, ForeignCursor."""
    # Here, as the link to it from the customer's page needs none of it.
    from crm.customers import service as customer_service
    from crm.timeline import service as timeline_service

    customer_id = visit.asked.names["customer_id"]
    request = _request(visit, customer_id, visit.asked.query.get("before"))
    found = timeline_service.page(customer_id=customer_id, request=request, chosen=lambda _: True)
    values = {
        "customer_id": customer_id,
        "events": [telling.event(_plain(one), visit.actor) for one in found.items],
        "older": found.next,
    }
    if visit.asked.is_partial:
        return Page("customer/events.html", values)
    return Page("customer/timeline.html", {**values, "name": customer_service.get(customer_id=customer_id).name})


def older(visit: Visit, customer_id: str, place: str | None) -> str | None:
    """What the link to all before a place (a sort key) says; None: there is nothing before."""
    return _request(visit, customer_id, None).cursor_at(place)


def _request(visit: Visit, customer_id: str, before: str | None) -> PageRequest:
    scope = f"console timeline:{visit.actor.scope}:{customer_id}"
    return PageRequest(scope, _MOST, before or None)


def _plain(event: "Event") -> dict[str, object]:
    return table.from_item(event.serialize())
