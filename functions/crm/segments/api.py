"""Routes of segments."""

from dataclasses import asdict
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Query

from crm.core import http
from crm.core.author import Author
from crm.core.fields import Language
from crm.core.paging import PageRequest
from crm.segments import growth, handpicked, models, preview, reading, saying, service, snapshots
from crm.segments import members as member_list
from crm.segments.orders import Direction, Sort
from crm.segments.schemas import (
    Growth,
    MemberList,
    MembersChange,
    MembersChanged,
    NewPreview,
    NewSegment,
    Preview,
    Segment,
    SegmentChange,
    SegmentList,
)

router = http.router()
InLanguage = Annotated[Language | None, Query(description="The language of `in_words`: ur, he …")]
Accepted = Annotated[str | None, Header(alias="Accept-Language", description="The same, where language is not given.")]
SortedBy = Annotated[Sort, Query(description="By name, by money spent, or by the last contact.")]
Days = Annotated[int, Query(ge=1, le=snapshots.KEPT_DAYS, description="How many days, today the last of them.")]
Ordered = Annotated[
    Direction | None,
    Query(description="Names begin with A, money with the most, contacts with the latest, unless this says otherwise."),
]


@router.post("/segments", status_code=201, tags=["segments"], summary="Group customers by a rule, or by hand")
def register(
    segment: Annotated[NewSegment, Body()],
    idempotency_key: http.IdempotencyKey = None,
    accepted: Accepted = None,
) -> Response[Segment]:
    if segment.rule is not None and (hidden := http.actor(router).hidden):
        service.require_rule(segment.rule, hidden=hidden)
    made = service.register(
        name=segment.name,
        kind=segment.kind,
        rule=segment.rule,
        caller=http.caller(router),
        idempotency_key=idempotency_key,
    )
    return http.created(_shown(made, accepted=accepted), location=f"/segments/{made.segment_id}")


@router.get("/segments", tags=["segments"], summary="List segments by id")
def page(
    limit: http.Limit = http.FIRST_LIMIT,
    cursor: http.Cursor = None,
    language: InLanguage = None,
    accepted: Accepted = None,
) -> Response[SegmentList]:
    request = PageRequest(f"segments:{http.reader(router)}", limit, cursor)
    speech = saying.language(asked=language, accepted=accepted)
    found = reading.page(request, language=speech, hidden=http.actor(router).hidden)
    return http.found(found.model_copy(update={"items": [_seen(one) for one in found.items]}))


@router.post("/segments/preview", tags=["segments"], summary="Count who a rule would group, and store nothing")
def previewed(asked: Annotated[NewPreview, Body()]) -> Response[Preview]:
    service.require_rule(asked.rule, hidden=http.actor(router).hidden)
    return http.found(preview.of(asked.rule, caller=http.reader(router), cursor=asked.cursor))


@router.get("/segments/<segment_id>", tags=["segments"], summary="One segment and its totals")
def read(segment_id: str, language: InLanguage = None, accepted: Accepted = None) -> Response[Segment]:
    segment = service.get(segment_id=segment_id, hidden=http.actor(router).hidden)
    return http.found(_shown(segment, asked=language, accepted=accepted))


@router.patch("/segments/<segment_id>", tags=["segments"], summary="Change the name or the rule")
def change(
    segment_id: str,
    segment: Annotated[SegmentChange, Body()],
    if_match: http.IfMatch = None,
    accepted: Accepted = None,
) -> Response[Segment]:
    fields, hidden = segment.model_dump(exclude_unset=True), http.actor(router).hidden
    if hidden:
        service.get(segment_id=segment_id, hidden=hidden)
        if fields.get("rule") is not None:
            service.require_rule(fields["rule"], hidden=hidden)
    changed = service.change(
        segment_id=segment_id,
        fields=fields,
        expected_version=http.expected_version(if_match),
    )
    return http.found(_shown(changed, accepted=accepted))


@router.delete("/segments/<segment_id>", status_code=204, tags=["segments"], summary="Delete a segment")
def remove(segment_id: str, if_match: http.IfMatch = None) -> Response[None]:
    if hidden := http.actor(router).hidden:
        service.get(segment_id=segment_id, hidden=hidden)
    service.remove(segment_id=segment_id, expected_version=http.expected_version(if_match))
    return http.gone()


@router.get("/segments/<segment_id>/customers", tags=["segments"], summary="The members by name, money or contact")
def members(
    segment_id: str,
    sort: SortedBy = Sort.NAME,
    order: Ordered = None,
    limit: http.Limit = http.FIRST_LIMIT,
    cursor: http.Cursor = None,
) -> Response[MemberList]:
    scope = f"segment:{segment_id}:{sort}:{order}:{http.reader(router)}"
    segment = service.get(segment_id=segment_id, hidden=http.actor(router).hidden)
    within = http.actor(router).within("customers.read")
    request = PageRequest(scope, limit, cursor)
    return http.found(member_list.page(segment, request, sort=sort, direction=order, within=within))


@router.post("/segments/<segment_id>/members", tags=["segments"], summary="Put customers in by hand, or take them out")
def pick(segment_id: str, members: Annotated[MembersChange, Body()]) -> Response[MembersChanged]:
    segment = service.get(segment_id=segment_id, hidden=http.actor(router).hidden)
    within = http.actor(router).within("customers.read")
    author = Author(http.caller(router))
    picked = handpicked.pick(segment, add=members.add, remove=members.remove, author=author, within=within)
    return http.found(MembersChanged.model_validate(asdict(picked), strict=False))


@router.get("/segments/<segment_id>/growth", tags=["segments"], summary="Who joined and left, day by day")
def grown(segment_id: str, days: Days = 30) -> Response[Growth]:
    return http.found(growth.of(service.get(segment_id=segment_id, hidden=http.actor(router).hidden), days=days))


def _shown(segment: models.Segment, *, asked: str | None = None, accepted: str | None) -> Segment:
    return _seen(reading.shown(segment, language=saying.language(asked=asked, accepted=accepted)))


def _seen(segment: Segment) -> Segment:
    """The segment without numbers over all customers, where whoever asks is not to see them."""
    if http.actor(router).may("totals.read"):
        return segment
    return segment.model_copy(update={"members": None, "totals": None, "progress": None})
