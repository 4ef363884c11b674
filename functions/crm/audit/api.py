"""Routes of the audit: who did and saw what, and whether the chain that says so is whole."""

import json
from dataclasses import asdict
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from crm.audit import listing, showing, verifying
from crm.audit.listing import Wanted
from crm.audit.schemas import AuditBreak, AuditHead, AuditPage, AuditVerification
from crm.audit.verifying import Noted, Walk
from crm.core import clock, http
from crm.core.fields import Instant
from crm.core.paging import PageRequest

router = http.router()
Customer = Annotated[str | None, Query(max_length=60, description="Of one customer, also of one who was erased.")]
Staff = Annotated[str | None, Query(max_length=60, description="By one member of staff, or by `key:<id>`.")]
Since = Annotated[Instant | None, Query(alias="from", description="From then on.")]
Until = Annotated[Instant | None, Query(alias="to", description="Before then.")]
NotedHead = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,12}:[0-9a-f]{64}$", description="A `head` that was noted before: `<number>:<hash>`."),
]


@router.get("/audit", tags=["audit"], summary="Who did and saw what, the last first")
def page(
    customer: Customer = None,
    staff: Staff = None,
    since: Since = None,
    until: Until = None,
    limit: http.Limit = http.FIRST_LIMIT,
    cursor: http.Cursor = None,
) -> Response[AuditPage]:
    times = [clock.instant(one) if one else None for one in (since, until)]
    scope = json.dumps([http.reader(router), customer, staff, *times])
    found = listing.page(Wanted(customer, staff, *times), PageRequest(f"audit:{scope}", limit, cursor))
    return http.found(AuditPage(items=showing.entries(found.items), next=found.next))


@router.get("/audit/verification", tags=["audit"], summary="Look whether the chain is whole, a part at a time")
def verify(head: NotedHead = None, cursor: http.Cursor = None) -> Response[AuditVerification]:
    number, _, hash_ = (head or "").partition(":")
    noted = Noted(int(number), hash_) if head else None
    request = PageRequest(f"audit-walk:{http.reader(router)}:{head}", cursor=cursor)
    walk = Walk(**json.loads(request.after)) if request.after else verifying.begun()
    if walk is None:
        return http.found(_nothing(noted))
    walk, broken, is_over = verifying.step(walk, noted)
    whole = AuditHead(number=walk.number, hash=walk.hash) if is_over and not broken else None
    return http.found(
        AuditVerification(
            checked=walk.number,
            records=walk.records,
            broken=AuditBreak.model_validate(asdict(broken)) if broken else None,
            head=whole,
            next=None if is_over else request.cursor_at(json.dumps(asdict(walk))),
        )
    )


def _nothing(noted: Noted | None) -> AuditVerification:
    gone = AuditBreak(what="truncated", number=1, says=f"there were {noted.number} entries") if noted else None
    return AuditVerification(checked=0, records=0, broken=gone, head=None, next=None)
