"""Routes of messages."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http
from crm.core.paging import PageRequest
from crm.core.values import number
from crm.mail import breaker, health, preview, reading, suppressions
from crm.mail.models import Message
from crm.mail.schemas import HealthOut, MessageList, MessageOut, Preview, PreviewRequest, StopOut, SuppressionOut

router = http.router()


@router.get(
    "/customers/<customer_id>/messages", tags=["messages"], summary="Messages to a customer, newest first, sent or not"
)
def page(customer_id: str, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[MessageList]:
    request = PageRequest(f"messages:{http.reader(router)}:{customer_id}", limit, cursor)
    found = reading.page(customer_id, request)
    return http.found(MessageList(items=[shown(message) for message in found.items], next=found.next))


@router.get("/messages/<key>", tags=["messages"], summary="One message")
def read(key: str) -> Response[MessageOut]:
    return http.found(shown(reading.get(key=key)))


@router.post("/templates/<name>/preview", tags=["templates"], summary="Show a template as mail, with sample values")
def show(name: str, asked: Annotated[PreviewRequest, Body()]) -> Response[Preview]:
    made = preview.show(name=name, **asked.model_dump())
    fields = {field: getattr(made, field) for field in Preview.model_fields if hasattr(made, field)}
    return http.found(Preview.model_validate({**fields, "template_version": made.version}))


@router.get("/mail/health", tags=["messages"], summary="How mail goes out at the moment, and what waits and why")
def health_now() -> Response[HealthOut]:
    return http.found(health.read())


@router.post("/mail/breaker/close", tags=["messages"], summary="Count bounces anew, so that greetings go again")
def close_breaker() -> Response[HealthOut]:
    breaker.begin_anew(staff_id=http.caller(router))
    return http.found(health.read())


@router.get(
    "/customers/<customer_id>/suppression", tags=["messages"], summary="What keeps mail from a customer's address"
)
def suppression(customer_id: str) -> Response[SuppressionOut]:
    address, found = suppressions.of_customer(customer_id=customer_id)
    stops = [StopOut(kind=stop.kind, reason=stop.reason, since=stop.since) for stop in found.stops.values()]
    return http.found(SuppressionOut(address=address, stops=stops, refused=sorted(found.refused)))


@router.delete(
    "/customers/<customer_id>/suppression",
    status_code=204,
    tags=["messages"],
    summary="Let mail go to the address again after bounces or complaints",
)
def lift(customer_id: str) -> Response[None]:
    suppressions.lift(customer_id=customer_id)
    return http.gone()


def shown(message: Message) -> MessageOut:
    """The message as the API shows it."""
    order = message.order
    values = {name: message.attribute_values.get(name) for name in MessageOut.model_fields}
    named = {"key": order.key, "kind": order.kind, "rule": order.rule, "occurrence": order.occurrence}
    to = {"kind": order.recipient, "id": order.id}
    counts = {"attempts": int(message.attempts), "history": list(message.history)}
    return MessageOut.model_validate(_json({**values, **named, **counts, "recipient": to}))


def _json(value: Any) -> Any:
    """A stored value with its numbers as JSON has them."""
    if isinstance(value, Mapping):
        return {name: _json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_json(part) for part in value]
    return number(value) if isinstance(value, Decimal) else value
