"""Routes of imports."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Query

from crm.core import accepting, http
from crm.core.config import settings
from crm.core.fields import Language
from crm.core.paging import PageRequest
from crm.imports import outcomes, service, showing
from crm.imports.models import Import
from crm.imports.schemas import ImportDocument, ImportList, Link, MappingAnswers, NewImport, RowList
from crm.mail import languages

router = http.router()
_LINK_SECONDS = 900
Wanted = Annotated[
    Literal["created", "changed", "skipped", "refused", "undone", "kept"] | None,
    Query(description="Only rows that came to this."),
]
InLanguage = Annotated[Language | None, Query(description="The language of the reasons: ur, he …")]
Accepted = Annotated[str | None, Header(alias="Accept-Language", description="The same, where language is not given.")]


@router.post("/imports", status_code=201, tags=["imports"], summary="Begin an import; the answer has the upload form")
def begin(new: Annotated[NewImport, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[ImportDocument]:
    item = service.begin(
        kind=new.kind,
        file_name=new.file_name,
        options=new.options.model_dump(exclude_none=True),
        caller=http.caller(router),
        idempotency_key=idempotency_key,
    )
    return http.created(showing.shown(item), location=f"/imports/{item.import_id}")


@router.get("/imports", tags=["imports"], summary="All imports")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[ImportList]:
    found = service.page(PageRequest(f"imports:{http.reader(router)}", limit, cursor))
    return http.found(ImportList(items=[showing.summary(item) for item in found.items], next=found.next))


@router.get(
    "/imports/<import_id>", tags=["imports"], summary="One import: what was found, what is asked, how far it is"
)
def read(import_id: str) -> Response[ImportDocument]:
    return http.found(showing.shown(service.get(import_id=import_id)))


@router.post("/imports/<import_id>/uploaded", status_code=202, tags=["imports"], summary="The file is there")
def uploaded(import_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[ImportDocument]:  # noqa: ARG001
    return _accepted(service.uploaded(import_id=import_id))


@router.patch("/imports/<import_id>/mapping", status_code=202, tags=["imports"], summary="Answer what is asked")
def answer(import_id: str, given: Annotated[MappingAnswers, Body()]) -> Response[ImportDocument]:
    return _accepted(service.answer(import_id=import_id, answers=given.answers))


@router.post("/imports/<import_id>/run", status_code=202, tags=["imports"], summary="Write the rows into the store")
def run(import_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[ImportDocument]:  # noqa: ARG001
    return _accepted(service.run(import_id=import_id))


@router.post("/imports/<import_id>/cancel", status_code=202, tags=["imports"], summary="Stop; what is written stays")
def cancel(import_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[ImportDocument]:  # noqa: ARG001
    return _accepted(service.cancel(import_id=import_id))


@router.post(
    "/imports/<import_id>/undo", status_code=202, tags=["imports"], summary="Take back what it wrote, for 30 days"
)
def undo(import_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[ImportDocument]:  # noqa: ARG001
    return _accepted(service.undo(import_id=import_id))


@router.get("/imports/<import_id>/rows", tags=["imports"], summary="What each row comes to, and why")
def rows(
    import_id: str, outcome: Wanted = None, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[RowList]:
    request = PageRequest(f"import-rows:{http.reader(router)}:{import_id}:{outcome}", limit, cursor)
    found = outcomes.rows(import_id=import_id, outcome=outcome, request=request)
    return http.found(RowList(items=[showing.row(one) for one in found.items], next=found.next))


@router.get("/imports/<import_id>/refused", tags=["imports"], summary="The refused rows as a file, to be corrected")
def refused(import_id: str, language: InLanguage = None, accepted: Accepted = None) -> Response[Link]:
    wanted = [language] if language else accepting.by_weight(accepted or "")
    spoken = languages.choose(*wanted, settings().business_language)
    url = outcomes.refused_link(import_id=import_id, language=spoken.code, seconds=_LINK_SECONDS)
    return http.found(Link(url=url, expires_in_seconds=_LINK_SECONDS))


def _accepted(item: Import) -> Response[Any]:
    return Response(202, "application/json", showing.shown(item))
