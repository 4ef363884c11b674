"""Routes of the keys of machines."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import clock, http
from crm.core.paging import PageRequest
from crm.keys import rules, service
from crm.keys.models import MachineKey
from crm.keys.schemas import KeyList, KeyOut, KeyWithSecret, NewKey, Rotation

router = http.router()


@router.post("/keys", status_code=201, tags=["keys"], summary="Make a key for a machine")
def make(key: Annotated[NewKey, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[KeyWithSecret]:
    made, shown_once = service.make(**key.model_dump(), by=http.actor(router), idempotency_key=idempotency_key)
    return http.created(_with_secret(made, shown_once), location=f"/keys/{made.key_id}")


@router.get("/keys", tags=["keys"], summary="List the keys of machines")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[KeyList]:
    found = service.page(PageRequest(f"keys:{http.caller(router)}", limit, cursor))
    return http.found(KeyList(items=[_shown(key) for key in found.items], next=found.next))


@router.get("/keys/<key_id>", tags=["keys"], summary="One key")
def read(key_id: str) -> Response[KeyOut]:
    return http.found(_shown(service.get(key_id=key_id)))


@router.post("/keys/<key_id>/rotate", tags=["keys"], summary="Give a key another secret")
def rotate(
    key_id: str,
    rotation: Annotated[Rotation, Body()],
    if_match: http.IfMatch = None,
    idempotency_key: http.IdempotencyKey = None,
) -> Response[KeyWithSecret]:
    rotated, shown_once = service.rotate(
        key_id=key_id,
        grace_hours=rotation.grace_hours,
        expected_version=http.expected_version(if_match) if if_match else None,
        by=http.actor(router),
        idempotency_key=idempotency_key,
    )
    return http.found(_with_secret(rotated, shown_once))


@router.delete("/keys/<key_id>", status_code=204, tags=["keys"], summary="Revoke a key")
def revoke(key_id: str) -> Response[None]:
    service.revoke(key_id=key_id, by=http.actor(router))
    return http.gone()


def _shown(key: MachineKey) -> KeyOut:
    state = rules.state(key, now=clock.stamp())
    fields = {name: getattr(key, name) for name in KeyOut.model_fields if hasattr(key, name)}
    return KeyOut.model_validate({**fields, "id": key.key_id, "state": state})


def _with_secret(key: MachineKey, shown_once: str | None) -> KeyWithSecret:
    return KeyWithSecret.model_validate({**_shown(key).model_dump(), "key": shown_once})
