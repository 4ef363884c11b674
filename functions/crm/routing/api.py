"""Routes of the rules by which new customers get an owner."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.core import http
from crm.routing import service
from crm.routing.models import RoutingRules
from crm.routing.schemas import RoutingChange, RoutingOut

router = http.router()


@router.get("/routing", tags=["routing"], summary="The rules by which new customers get an owner")
def read() -> Response[RoutingOut]:
    return http.found(_shown(service.standing()))


@router.patch("/routing", tags=["routing"], summary="Put other rules in their place, all at once")
def change(routing: Annotated[RoutingChange, Body()], if_match: http.IfMatch = None) -> Response[RoutingOut]:
    changed = service.change(
        listed=[rule.model_dump() for rule in routing.rules],
        expected_version=http.expected_version(if_match),
        caller=http.caller(router),
    )
    return http.found(_shown(changed))


def _shown(rules: RoutingRules) -> RoutingOut:
    stamps = {"updated_at": rules.updated_at, "updated_by": rules.updated_by}
    return RoutingOut.model_validate({"rules": rules.listed, "version": int(rules.version), **stamps})
