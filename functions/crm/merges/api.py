"""Routes of merges."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http
from crm.core.values import number
from crm.customers.models import Profile
from crm.merges import service, undoing
from crm.merges.models import Merge
from crm.merges.rules import Field
from crm.merges.schemas import MergeOut, NewMerge, Pair, PreviewOut

router = http.router()


@router.post("/merges/preview", tags=["merges"], summary="Show field by field what merging two customers would make")
def preview(pair: Annotated[Pair, Body()]) -> Response[PreviewOut]:
    plan = service.preview(into=pair.into, old=pair.from_, choices=pair.choices)
    found = {
        "into": _side(plan.into),
        "from": _side(plan.old),
        "fields": [_field(one) for one in plan.fields],
        "facts": plan.facts,
    }
    return http.found(PreviewOut.model_validate(found, strict=False))


@router.post("/merges", status_code=201, tags=["merges"], summary="Merge one customer into another")
def merge(merge: Annotated[NewMerge, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[MergeOut]:
    asked = service.Asked(
        into=merge.into,
        old=merge.from_,
        into_version=merge.into_version,
        old_version=merge.from_version,
        choices=merge.choices,
        caller=http.caller(router),
        idempotency_key=idempotency_key,
    )
    made = shown(service.merge(asked))
    return http.created(made, location=f"/merges/{made.id}")


@router.get("/merges/<merge_id>", tags=["merges"], summary="One merge, and how far it is")
def read(merge_id: str) -> Response[MergeOut]:
    return http.found(shown(service.get(merge_id=merge_id)))


@router.post("/merges/<merge_id>/undo", tags=["merges"], summary="Make two records of one again, for thirty days")
def undo(merge_id: str) -> Response[MergeOut]:
    return http.found(shown(undoing.undo(merge_id=merge_id, caller=http.caller(router))))


def shown(merge: Merge) -> MergeOut:
    """A merge as the API shows it."""
    known = {name: merge.attribute_values.get(name) for name in MergeOut.model_fields}
    known |= {"id": merge.merge_id, "from": merge.old, "fields": [dict(one) for one in merge.fields]}
    known.pop("from_")
    return MergeOut.model_validate(known, strict=False)


def _side(profile: Profile) -> dict[str, Any]:
    known = {"id": profile.customer_id, "name": profile.name, "version": int(profile.version)}
    return {**known, "facts": profile.facts}


def _field(one: Field) -> dict[str, Any]:
    values = {"into": _json(one.into), "from": _json(one.other), "result": _json(one.result)}
    return {"field": one.field, "wins": one.wins, "why": one.why, **values}


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _json(part) for name, part in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, list):
        return [_json(part) for part in value]
    return number(value) if isinstance(value, Decimal) else value
