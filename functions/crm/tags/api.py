"""Routes of tags, but for their list, which the customers' slice has."""

from dataclasses import asdict
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.tags import counts, service, uses
from crm.tags.models import TagChange
from crm.tags.schemas import TagChangeList, TagChangeOut, TagRename

router = http.router()
Keeping = Annotated[
    Literal["refuse", "rewrite", "keep"],
    Query(description="Of groups and questionnaires that name the tag: refuse (409 names them) or keep."),
]


@router.get("/tags/changes", tags=["tags"], summary="Changes of tags over all customers, the newest first")
def page() -> Response[TagChangeList]:
    return http.found(TagChangeList(items=[_shown(one) for one in reversed(TagChange.read_all())]))


@router.get("/tags/changes/<change_id>", tags=["tags"], summary="One change of a tag, and how far it is")
def read(change_id: str) -> Response[TagChangeOut]:
    return http.found(_shown(service.get(change_id=change_id)))


@router.post("/tags/changes/<change_id>/undo", status_code=202, tags=["tags"], summary="Take it back, for thirty days")
def undo(change_id: str) -> Response[TagChangeOut]:
    return _accepted(service.undo(change_id=change_id, caller=http.caller(router)))


@router.patch(
    "/tags/<whole_tag>", status_code=202, tags=["tags"], summary="Give a tag another name, or join it with another"
)
def rename(whole_tag: str, tag: Annotated[TagRename, Body()]) -> Response[TagChangeOut]:
    asked = service.rename(tag=whole_tag, name=tag.name, merge=tag.merge, in_use=tag.in_use, caller=http.caller(router))
    return _accepted(asked)


@router.delete("/tags/<whole_tag>", status_code=202, tags=["tags"], summary="Take a tag from all who have it")
def remove(whole_tag: str, in_use: Keeping = "refuse") -> Response[TagChangeOut]:
    return _accepted(service.remove(tag=whole_tag, in_use=in_use, caller=http.caller(router)))


def _accepted(change: TagChange) -> Response[TagChangeOut]:
    return Response(202, "application/json", _shown(change), {"Location": f"/tags/changes/{change.change_id}"})


def _shown(change: TagChange) -> TagChangeOut:
    named = ("kind", "tag", "name", "state", "done_at", "undo_until", "undone_at", "undone_by")
    return TagChangeOut.model_validate(
        {
            "id": change.change_id,
            **{name: getattr(change, name) for name in named},
            **asdict(counts.of(change)),
            "asked_at": change.at,
            "asked_by": change.by,
            "customers": int(change.customers),
            "follow": uses.shown(change.uses),
        }
    )
