"""Routes of templates."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.core.paging import PageRequest
from crm.templates import editing, reading
from crm.templates.schemas import NewTemplate, TemplateChange, TemplateList, TemplateOut

router = http.router()
Version = Annotated[int | None, Query(ge=0, lt=10**8, description="An earlier version, as messages name it.")]


@router.get("/templates", tags=["templates"], summary="List the templates of mail, shipped and own")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[TemplateList]:
    found = reading.page(PageRequest(f"templates:{http.reader(router)}", limit, cursor))
    return http.found(TemplateList(items=found.items, next=found.next))


@router.post("/templates", status_code=201, tags=["templates"], summary="Add a template of one's own")
def add(template: Annotated[NewTemplate, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[TemplateOut]:
    added = editing.add(
        name=template.name,
        texts=template.model_dump()["texts"],
        caller=http.caller(router),
        idempotency_key=idempotency_key,
    )
    return http.created(reading.shown(added.name, added), location=f"/templates/{added.name}")


@router.get("/templates/<name>", tags=["templates"], summary="One template, its texts and what they may ask for")
def read(name: str, version: Version = None) -> Response[TemplateOut]:
    return http.found(reading.one(name=name, version=version))


@router.patch("/templates/<name>", tags=["templates"], summary="Write sections in some languages; null takes them away")
def change(
    name: str, template: Annotated[TemplateChange, Body()], if_match: http.IfMatch = None
) -> Response[TemplateOut]:
    changed = editing.change(
        name=name,
        texts=template.model_dump(exclude_unset=True)["texts"],
        expected_version=http.expected_version(if_match),
        caller=http.caller(router),
    )
    return http.found(reading.shown(changed.name, changed))


@router.delete(
    "/templates/<name>", status_code=204, tags=["templates"], summary="Back to the shipped text, or delete an own one"
)
def remove(name: str, if_match: http.IfMatch = None) -> Response[None]:
    editing.remove(name=name, expected_version=http.expected_version(if_match), caller=http.caller(router))
    return http.gone()
