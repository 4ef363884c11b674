"""Routes of handovers, and of the question to whom somebody would go."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http, ids
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.customers import changing, rules
from crm.customers import service as customer_service
from crm.handovers import counts, service
from crm.handovers.models import Handover
from crm.handovers.schemas import HandoverList, HandoverOut, NewHandover, RoutingPreview, RoutingQuestion, WeighedRule
from crm.routing import service as routing_service

router = http.router()


@router.post("/routing/preview", tags=["routing"], summary="To whom would this customer go, and why?")
def preview(question: Annotated[RoutingQuestion, Body()]) -> Response[RoutingPreview]:
    if (question.customer is None) == (question.fields is None):
        raise InvalidFields.one("/customer", Reason("name one of both: customer, or fields"))
    if question.customer is not None:
        profile = customer_service.get(customer_id=question.customer)
        customer_id, known = profile.customer_id, changing.fields_of(profile)
    else:
        customer_id, given = ids.new(), question.fields.model_dump(exclude_unset=True) if question.fields else {}
        known = rules.merged({"kind": "person", "facts": dict(rules.NO_FACTS)}, given)
    found = routing_service.preview(known, customer_id=customer_id)
    choice = found.choice
    told = [WeighedRule(rule=one.rule, name=one.name, outcome=one.outcome) for one in found.weighed]
    return http.found(
        RoutingPreview(
            owner=choice.owner if choice else None,
            rule=choice.rule if choice else None,
            in_turn=bool(choice and choice.turn),
            weighed=told,
        )
    )


@router.post("/handovers", status_code=202, tags=["routing"], summary="Give customers of one, or of nobody, to others")
def ask(handover: Annotated[NewHandover, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[HandoverOut]:
    asked = service.ask(
        giver=handover.from_,
        to=handover.to.model_dump(exclude_none=True),
        trial=handover.dry_run,
        caller=http.caller(router),
        idempotency_key=idempotency_key,
    )
    return http.accepted(_shown(asked), location=f"/handovers/{asked.handover_id}")


@router.get("/handovers", tags=["routing"], summary="The handovers of the last weeks, the newest first")
def page() -> Response[HandoverList]:
    return http.found(HandoverList(items=[_shown(one) for one in service.listed()]))


@router.get("/handovers/<handover_id>", tags=["routing"], summary="One handover, and how far it is")
def read(handover_id: str) -> Response[HandoverOut]:
    return http.found(_shown(service.get(handover_id=handover_id)))


@router.post("/handovers/<handover_id>/undo", status_code=202, tags=["routing"], summary="Give them back")
def undo(handover_id: str) -> Response[HandoverOut]:
    undone = service.undo(handover_id=handover_id, caller=http.caller(router))
    return http.accepted(_shown(undone), location=f"/handovers/{handover_id}")


def _shown(handover: Handover) -> HandoverOut:
    named = ("to", "state", "done_at", "undo_until", "undone_at", "undone_by")
    return HandoverOut.model_validate(
        {
            "id": handover.handover_id,
            "from": handover.giver,
            "dry_run": handover.trial,
            **{name: getattr(handover, name) for name in named},
            "asked_at": handover.at,
            "asked_by": handover.by,
            **vars(counts.of(handover)),
        }
    )
