"""The route that explains the rule language to programs."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from crm.core import http
from crm.criteria import own, schema
from crm.criteria.schemas import RuleSchema
from crm.own_fields import service as own_field_service

router = http.router()


@router.get("/segments/rule-schema", tags=["segments"], summary="The rule language as a JSON Schema")
def rule_schema() -> Response[RuleSchema]:
    hidden = http.actor(router).hidden
    document: dict[str, Any] = schema.document(own.kinds(own_field_service.definitions()), hidden=hidden)
    return http.found(RuleSchema.model_validate(document))
