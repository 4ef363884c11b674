"""Routes of webhooks."""

from decimal import Decimal
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.core.paging import PageRequest
from crm.core.values import number
from crm.webhooks import deliveries, service
from crm.webhooks.models import Delivery, Webhook
from crm.webhooks.schemas import (
    DeliveryList,
    DeliveryOut,
    NewWebhook,
    WebhookChange,
    WebhookList,
    WebhookOut,
    WebhookWithSecret,
)

router = http.router()
State = Annotated[Literal["due", "delivered", "failed"] | None, Query(description="Only those in this state.")]


@router.post("/webhooks", status_code=201, tags=["webhooks"], summary="Have events sent to an address")
def make(
    webhook: Annotated[NewWebhook, Body()], idempotency_key: http.IdempotencyKey = None
) -> Response[WebhookWithSecret]:
    fields = webhook.model_dump()
    made, shown_once = service.make(**fields, by=http.caller(router), idempotency_key=idempotency_key)
    return http.created(_with_secret(made, shown_once), location=f"/webhooks/{made.webhook_id}")


@router.get("/webhooks", tags=["webhooks"], summary="List the webhooks")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[WebhookList]:
    found = service.page(PageRequest(f"webhooks:{http.caller(router)}", limit, cursor))
    return http.found(WebhookList(items=[_shown(one) for one in found.items], next=found.next))


@router.get("/webhooks/<webhook_id>", tags=["webhooks"], summary="One webhook")
def read(webhook_id: str) -> Response[WebhookOut]:
    return http.found(_shown(service.get(webhook_id=webhook_id)))


@router.patch("/webhooks/<webhook_id>", tags=["webhooks"], summary="Change a webhook, switch it off or on")
def change(
    webhook_id: str, changes: Annotated[WebhookChange, Body()], if_match: http.IfMatch = None
) -> Response[WebhookOut]:
    fields = changes.model_dump(exclude_unset=True)
    changed = service.change(webhook_id=webhook_id, fields=fields, expected_version=http.expected_version(if_match))
    return http.found(_shown(changed))


@router.delete("/webhooks/<webhook_id>", status_code=204, tags=["webhooks"], summary="Delete a webhook")
def remove(webhook_id: str) -> Response[None]:
    service.remove(webhook_id=webhook_id)
    return http.gone()


@router.post("/webhooks/<webhook_id>/rotate", tags=["webhooks"], summary="Give a webhook another secret")
def rotate(webhook_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[WebhookWithSecret]:
    rotated, shown_once = service.rotate(webhook_id=webhook_id, by=http.caller(router), idempotency_key=idempotency_key)
    return http.found(_with_secret(rotated, shown_once))


@router.post("/webhooks/<webhook_id>/test", status_code=202, tags=["webhooks"], summary="Send a test event")
def send_test(webhook_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[DeliveryOut]:
    sent = deliveries.send_test(webhook_id=webhook_id, by=http.caller(router), idempotency_key=idempotency_key)
    return http.accepted(_delivery(sent), location=f"/webhooks/{webhook_id}/deliveries")


@router.get("/webhooks/<webhook_id>/deliveries", tags=["webhooks"], summary="What was sent, newest first")
def sent(
    webhook_id: str, state: State = None, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[DeliveryList]:
    request = PageRequest(f"deliveries:{webhook_id}:{state}:{http.caller(router)}", limit, cursor)
    found = deliveries.page(webhook_id=webhook_id, request=request, state=state)
    return http.found(DeliveryList(items=[_delivery(one) for one in found.items], next=found.next))


@router.post(
    "/webhooks/<webhook_id>/deliveries/<event_id>/again",
    status_code=202,
    tags=["webhooks"],
    summary="Send an event again",
)
def again(webhook_id: str, event_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[DeliveryOut]:
    sent = deliveries.again(
        webhook_id=webhook_id, event_id=event_id, by=http.caller(router), idempotency_key=idempotency_key
    )
    return http.accepted(_delivery(sent), location=f"/webhooks/{webhook_id}/deliveries")


def _shown(webhook: Webhook) -> WebhookOut:
    fields = {name: getattr(webhook, name) for name in WebhookOut.model_fields if hasattr(webhook, name)}
    return WebhookOut.model_validate({**fields, "id": webhook.webhook_id, "events": sorted(webhook.events)})


def _with_secret(webhook: Webhook, shown_once: str | None) -> WebhookWithSecret:
    return WebhookWithSecret.model_validate({**_shown(webhook).model_dump(), "secret": shown_once})


def _delivery(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut.model_validate(
        {
            "id": delivery.event_id,
            "type": delivery.kind,
            "timestamp": delivery.at,
            "state": delivery.state,
            "attempts": delivery.attempts,
            "tried_at": delivery.tried_at,
            "next_at": delivery.next_at if delivery.state == "due" else None,
            "answer": delivery.answer,
            # Numbers as they are sent: a Decimal would be shown as text.
            "data": {name: number(one) if isinstance(one, Decimal) else one for name, one in delivery.data.items()},
        }
    )
