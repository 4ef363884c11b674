"""Route of the timeline: everything that happened with a customer, newest first."""

from aws_lambda_powertools.event_handler import Response

from crm.core import http
from crm.core.paging import PageRequest
from crm.timeline import service
from crm.timeline.models import Event
from crm.timeline.schemas import Entry, Timeline

router = http.router()


@router.get("/customers/<customer_id>/timeline", tags=["timeline"], summary="All that happened, newest first")
def page(customer_id: str, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[Timeline]:
    request = PageRequest(f"timeline:{http.reader(router)}:{customer_id}", limit, cursor)
    found = service.page(customer_id=customer_id, request=request, chosen=lambda _: True)
    return http.found(Timeline(items=[_shown(event) for event in found.items], next=found.next))


def _shown(event: Event) -> Entry:
    return Entry(
        id=event.event_id,
        kind=event.kind,
        at=event.at,
        recorded_at=event.recorded_at,
        recorded_by=event.recorded_by,
        details=event.details,
    )
