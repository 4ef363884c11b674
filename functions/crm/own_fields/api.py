"""Routes of the fields that a business defines."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http, veil
from crm.own_fields import service
from crm.own_fields.models import OwnField
from crm.own_fields.schemas import FieldChange, FieldList, FieldOut, NewField

router = http.router()


@router.post("/fields", status_code=201, tags=["fields"], summary="Define a field of customers")
def define(field: Annotated[NewField, Body()]) -> Response[FieldOut]:
    made = service.define(name=field.name, fields=field.model_dump(exclude={"name"}), caller=http.caller(router))
    return http.created(shown(made), location=f"/fields/{made.name}")


@router.get("/fields", tags=["fields"], summary="All fields that were defined, in order")
def page() -> Response[FieldList]:
    seen = [field for field in service.page() if not _is_hidden(field.name)]
    return http.found(FieldList(items=[shown(field) for field in seen]))


@router.get("/fields/<name>", tags=["fields"], summary="One field")
def read(name: str) -> Response[FieldOut]:
    if _is_hidden(name):
        raise service.unknown(name)
    return http.found(shown(service.get(name=name)))


@router.patch("/fields/<name>", tags=["fields"], summary="Change a field, but for its type")
def change(name: str, field: Annotated[FieldChange, Body()], if_match: http.IfMatch = None) -> Response[FieldOut]:
    expected = http.expected_version(if_match)
    changed = service.change(
        name=name, fields=field.model_dump(include=field.model_fields_set), expected_version=expected
    )
    return http.found(shown(changed))


@router.delete("/fields/<name>", status_code=204, tags=["fields"], summary="Take a field away; its values stay")
def remove(name: str, if_match: http.IfMatch = None) -> Response[None]:
    service.remove(name=name, expected_version=http.expected_version(if_match))
    return http.gone()


def _is_hidden(name: str) -> bool:
    return veil.is_hidden(f"/custom/{name}", http.actor(router).hidden)


def shown(field: OwnField) -> FieldOut:
    """The field as the API shows it."""
    values = {name: getattr(field, name) for name in FieldOut.model_fields}
    return FieldOut.model_validate({**values, "version": int(field.version), "visible_to": list(field.visible_to)})
