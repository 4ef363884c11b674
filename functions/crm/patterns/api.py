"""Routes of patterns."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from crm.business import service as business
from crm.core import http
from crm.core.fields import Language
from crm.core.paging import PageRequest
from crm.patterns import groups, late, service, suggesting
from crm.patterns.schemas import Accepted, GroupsMade, LateList, Patterns, SuggestionList

router = http.router()
Speech = Annotated[Language | None, Query(description="Of the sentences; else that of the business.")]


@router.get("/patterns", tags=["patterns"], summary="How recent, how often, how much: where five equal parts begin")
def found() -> Response[Patterns]:
    return http.found(service.found())


@router.get("/patterns/late", tags=["patterns"], summary="Who usually comes more often, those who spent most first")
def late_customers(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[LateList]:
    request = PageRequest(f"late:{http.reader(router)}", limit, cursor)
    return http.found(late.page(request, within=http.actor(router).within("customers.read")))


@router.get("/segments/suggested", tags=["patterns"], summary="Groups that may be worth making, with the reasons")
def suggested(language: Speech = None) -> Response[SuggestionList]:
    return http.found(suggesting.suggested(language=language or business.current().language))


@router.post("/patterns/groups", tags=["patterns"], summary="Bring the named groups back that were deleted")
def make_groups(idempotency_key: http.IdempotencyKey = None) -> Response[GroupsMade]:  # noqa: ARG001 - each exists once
    return http.found(GroupsMade(made=groups.make_missing(caller=http.caller(router))))


@router.post("/patterns/refresh", status_code=202, tags=["patterns"], summary="Look at all purchases anew")
def refresh(idempotency_key: http.IdempotencyKey = None) -> Response[Accepted]:
    service.refresh(caller=http.caller(router), idempotency_key=idempotency_key)
    return Response(202, "application/json", Accepted())
