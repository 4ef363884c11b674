"""Routes of exports."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http
from crm.core.paging import PageRequest
from crm.exports import service
from crm.exports.models import Export
from crm.exports.schemas import ExportList, ExportOut, NewExport

router = http.router()


@router.post("/exports", status_code=202, tags=["exports"], summary="Export a list of customers, or everything")
def begin(new: Annotated[NewExport, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[ExportOut]:
    asked = new.model_dump(mode="json", exclude_none=True, exclude={"what", "format"})
    export = service.begin(
        what=new.what,
        format_=new.format,
        asked=asked,
        by=http.actor(router),
        idempotency_key=idempotency_key,
    )
    shown = _shown(export, is_linked=False)
    return Response(202, "application/json", shown, {"Location": f"/exports/{shown.id}"})


@router.get("/exports", tags=["exports"], summary="All exports of the last 30 days")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[ExportList]:
    found = service.page(PageRequest(f"exports:{http.reader(router)}", limit, cursor), by=http.actor(router))
    return http.found(ExportList(items=[_shown(one, is_linked=False) for one in found.items], next=found.next))


@router.get("/exports/<export_id>", tags=["exports"], summary="How far an export is, and the link to its file")
def read(export_id: str) -> Response[ExportOut]:
    return http.found(_shown(service.get(export_id=export_id, by=http.actor(router)), is_linked=True))


def _shown(export: Export, *, is_linked: bool) -> ExportOut:
    url = service.link(export) if is_linked else None
    values = {
        "id": export.export_id,
        "state": service.state(export),
        "asked": {name: str(value) for name, value in export.asked.items()},
        "percent": service.percent(export),
        "rows": int(export.rows),
        "bytes": int(export.bytes) if export.bytes is not None else None,
        "url": url,
        "url_expires_in_seconds": service.LINK_SECONDS if url else None,
        "file_name": service.file_name(export),
        "kept_until": service.kept_until(export),
    }
    plain = ("what", "format", "created_at", "created_by", "ended_at", "failure")
    return ExportOut.model_validate(values | {name: getattr(export, name) for name in plain})
