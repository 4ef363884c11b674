"""The resolver of the routes with a login: a guard before each, and the generated OpenAPI document."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, OpenAPI
from pydantic import BaseModel

from crm.core import answers, problem_schemas, veiled
from crm.core.actor import Actor
from crm.core.errors import CrmError, NotFound
from crm.core.table import STORE_ERRORS

_WHOLE = "^{}$"

# (route as `GET /customers/{customer_id}`, the path's arguments, the event) -> who asks; raises what refuses them.
Guard = Callable[[str, Mapping[str, str], Mapping[str, Any]], Actor]


class DocumentedResolver(APIGatewayHttpResolver):
    """Powertools' resolver; its document says which problems a route can answer with, its guard stands before each.

    A parameter whose name begins with `whole_` takes the rest of the path, slashes and all, as `{name+}` does at the
    gateway. Powertools' own parameters take ids: no slash, no quote, no vowel sign of Devanagari.
    """

    def __init__(self, *, guard: Guard, **settings: Any) -> None:
        super().__init__(**settings)
        self._guard = guard

    def _to_response(self, result: Any) -> Any:
        # Before the answer is made into JSON: then nobody could tell any more whose fields these are.
        actor = self.context.get("actor")
        hidden = actor.hidden if isinstance(actor, Actor) else ()
        if hidden and isinstance(result, Response) and isinstance(result.body, BaseModel):
            result.body = veiled.masked(result.body, hidden)
            if result.body is None:
                raise NotFound("there is nothing of this id")
        return super()._to_response(result)

    def _call_route(self, route: Route, route_arguments: dict[str, str]) -> Any:
        # Powertools validates before its first middleware runs: a guard among these would come too late.
        if route.include_in_schema and route in self._static_routes + self._dynamic_routes:
            try:
                name = f"{route.method} {route.openapi_path}"
                self.context.update(actor=self._guard(name, route_arguments, self.current_event.raw_event))
            except (CrmError, *STORE_ERRORS) as refused:
                answer = self._call_exception_handler(refused, route)
                if answer is None:
                    raise
                return answer
        return super()._call_route(route, route_arguments)

    @staticmethod
    def _compile_regex(rule: str, base_regex: str = _WHOLE) -> re.Pattern[str]:
        found: re.Pattern[str]
        if "<whole_" in rule:
            found = re.compile(base_regex.format(re.sub(r"<(\w+)>", r"(?P<\1>.+)", rule)), re.DOTALL)
        else:
            found = APIGatewayHttpResolver._compile_regex(rule, base_regex)
        return found

    def get_openapi_schema(self, **about: Any) -> OpenAPI:
        """The document. Powertools' own form of a validation error, which we never send, is taken out."""
        document: OpenAPI = super().get_openapi_schema(**about)
        schemas: dict[str, Any] = dict((document.components and document.components.schemas) or {})
        for unused in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
            schemas.pop(unused, None)
        if document.components:
            document.components.schemas = problem_schemas.described(schemas)
        answers.complete(document)
        return document


def staff_security() -> dict[str, Any]:
    """How the document says that routes want a token."""
    return {"security_schemes": {"staff": HTTPBearer(bearerFormat="JWT")}, "security": [{"staff": []}]}
