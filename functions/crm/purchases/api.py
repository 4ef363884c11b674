"""Routes of purchases."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http
from crm.core.paging import PageRequest
from crm.purchases import service
from crm.purchases.schemas import NewPurchase, Purchase, PurchaseList
from crm.timeline.models import Event

router = http.router()


@router.post("/customers/<customer_id>/purchases", status_code=201, tags=["purchases"], summary="Record a purchase")
def record(
    customer_id: str, purchase: Annotated[NewPurchase, Body()], idempotency_key: http.IdempotencyKey = None
) -> Response[Purchase]:
    event = service.record(
        customer_id=customer_id, purchase=purchase, caller=http.caller(router), idempotency_key=idempotency_key
    )
    return http.created(_shown(event), location=f"/customers/{customer_id}/purchases")


@router.get("/customers/<customer_id>/purchases", tags=["purchases"], summary="Purchases, newest first")
def page(customer_id: str, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[PurchaseList]:
    request = PageRequest(f"purchases:{http.reader(router)}:{customer_id}", limit, cursor)
    found = service.page(customer_id=customer_id, request=request)
    return http.found(PurchaseList(items=[_shown(event) for event in found.items], next=found.next))


def _shown(event: Event) -> Purchase:
    stamps = {"id": event.event_id, "at": event.at, "recorded_at": event.recorded_at, "recorded_by": event.recorded_by}
    return Purchase.model_validate(event.details | stamps, strict=False)
