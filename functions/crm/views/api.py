"""Routes about the views themselves: what is parked, and trying it again."""

from aws_lambda_powertools.event_handler import Response

from crm.core import http
from crm.core.paging import PageRequest
from crm.views import service
from crm.views import status as standing
from crm.views.schemas import Accepted, ParkedList, Views

router = http.router()


@router.get("/views", tags=["views"], summary="Whether the views are whole and right, and what is under way")
def status() -> Response[Views]:
    return http.found(standing.status())


@router.post("/views/reconcile", status_code=202, tags=["views"], summary="Hold all views against the truth")
def reconcile(idempotency_key: http.IdempotencyKey = None) -> Response[Accepted]:
    service.ask("reconcile", caller=http.caller(router), idempotency_key=idempotency_key)
    return Response(202, "application/json", Accepted())


@router.post("/views/rebuild", status_code=202, tags=["views"], summary="Build all views anew; lists wait meanwhile")
def rebuild(idempotency_key: http.IdempotencyKey = None) -> Response[Accepted]:
    service.ask("rebuild", caller=http.caller(router), idempotency_key=idempotency_key)
    return Response(202, "application/json", Accepted())


@router.get("/views/parked", tags=["views"], summary="Items that cannot be projected")
def parked(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[ParkedList]:
    page = service.parked(PageRequest(f"parked:{http.reader(router)}", limit, cursor))
    return http.found(ParkedList.model_validate({"items": page.items, "next": page.next}))


@router.post("/views/parked/retry", status_code=202, tags=["views"], summary="Project the parked items again")
def retry(idempotency_key: http.IdempotencyKey = None) -> Response[Accepted]:  # noqa: ARG001 - repeating does no harm
    service.retry_parked()
    return Response(202, "application/json", Accepted())
