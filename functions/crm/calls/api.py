"""Routes of the call list."""

from datetime import date
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.business import service as business_service
from crm.calendar import rules as calendar_rules
from crm.calls import reading, service
from crm.calls.reading import Line
from crm.calls.rules import NOBODY
from crm.calls.schemas import Call, CallDone, CallList
from crm.core import clock, http
from crm.core.fields import FullDate
from crm.core.names import Spelled
from crm.core.paging import PageRequest
from crm.core.reason import Reason

router = http.router()
_WITHOUT_WORDS = CallDone()
_OwnerId = Annotated[
    str, Spelled(r"[a-z0-9][a-z0-9_-]{0,39}|-", Reason("must be the id of a member of staff, such as sales-2, or -"))
]
Owner = Annotated[
    _OwnerId | None,
    Query(description="A member of staff, or `-` for customers without an owner; without it: both, for the caller."),
]
Day = Annotated[
    FullDate | None,
    Query(description="The customers' local day; without it: today where the business is."),
]


@router.get("/calls", tags=["calls"], summary="Who is to be greeted by voice, since no mail reaches them")
def page(
    owner: Owner = None,
    date: Day = None,
    limit: http.Limit = http.FIRST_LIMIT,
    cursor: http.Cursor = None,
) -> Response[CallList]:
    on = _day(date)
    owners = [owner] if owner else [http.caller(router), NOBODY]
    scope = f"calls:{http.reader(router)}:{owners}:{on}"
    within = http.actor(router).within("calls.use")
    if within is not None:
        owners = [one for one in owners if within.holds(None if one == NOBODY else one)]
    found = reading.page(PageRequest(scope, limit, cursor), owners=owners, on=on, within=within)
    return http.found(CallList(items=[shown(line) for line in found.items], next=found.next))


@router.post("/calls/<key>/done", tags=["calls"], summary="The call was made")
def done(key: str, call: Annotated[CallDone, Body()] = _WITHOUT_WORDS) -> Response[Call]:
    return http.found(shown(service.done(key=key, summary=call.summary, caller=http.caller(router))))


@router.delete("/calls/<key>/done", status_code=204, tags=["calls"], summary="The call was not made after all")
def undo(key: str) -> Response[None]:
    service.undo(key=key)
    return http.gone()


def shown(line: Line) -> Call:
    """The call as the API shows it: the customer as they are now, the words as they were made."""
    call: dict[str, Any] = line.message["to_call"]
    known = {name: line.profile.get(name) for name in ("name", "phone", "language", "owner")}
    made = {"at": call["done_at"], "by": call["done_by"]} if "done_at" in call else None
    about = {
        "key": line.order.key,
        "customer_id": line.order.id,
        "date": call["on"],
        "rule": line.order.rule,
        "rule_name": (line.message.get("decision") or {}).get("rule_name"),
        "reason_code": line.message["reason_code"],
        "say": call.get("say"),
    }
    return Call.model_validate({**known, **about, "done": made})


def _day(given: str | None) -> date:
    if given:
        return date.fromisoformat(given)
    return calendar_rules.local_date(clock.now(), business_service.current().timezone)
