"""Routes of interactions."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http
from crm.core.paging import PageRequest
from crm.interactions import service
from crm.interactions.schemas import Interaction, InteractionList, NewInteraction
from crm.timeline.models import Event

router = http.router()


@router.post("/customers/<customer_id>/interactions", status_code=201, tags=["interactions"], summary="Log a contact")
def log(
    customer_id: str, interaction: Annotated[NewInteraction, Body()], idempotency_key: http.IdempotencyKey = None
) -> Response[Interaction]:
    event = service.log(
        customer_id=customer_id,
        interaction=interaction,
        caller=http.caller(router),
        idempotency_key=idempotency_key,
    )
    return http.created(_shown(event), location=f"/customers/{customer_id}/interactions")


@router.get("/customers/<customer_id>/interactions", tags=["interactions"], summary="Contacts, newest first")
def page(
    customer_id: str, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[InteractionList]:
    request = PageRequest(f"interactions:{http.reader(router)}:{customer_id}", limit, cursor)
    found = service.page(customer_id=customer_id, request=request)
    return http.found(InteractionList(items=[_shown(event) for event in found.items], next=found.next))


def _shown(event: Event) -> Interaction:
    return Interaction(
        id=event.event_id,
        kind=event.kind,
        at=event.at,
        recorded_at=event.recorded_at,
        recorded_by=event.recorded_by,
        **event.details,
    )
