"""Routes of patterns."""

from aws_lambda_powertools.event_handler import Response

from crm.core import http
from crm.patterns import service
from crm.patterns.schemas import Accepted, Patterns

router = http.router()


@router.get("/patterns", tags=["patterns"], summary="How recent, how often, how much: where five equal parts begin")
def found() -> Response[Patterns]:
    return http.found(service.found())


@router.post("/patterns/refresh", status_code=202, tags=["patterns"], summary="Look at all purchases anew")
def refresh(idempotency_key: http.IdempotencyKey = None) -> Response[Accepted]:
    service.refresh(caller=http.caller(router), idempotency_key=idempotency_key)
    return Response(202, "application/json", Accepted())
