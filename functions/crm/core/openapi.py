"""The generated OpenAPI document, with the answers that every route can give beside its own."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, OpenAPI, Operation, Schema
from pydantic import BaseModel

from crm.core import veil
from crm.core.actor import Actor
from crm.core.errors import CrmError, NotFound
from crm.core.table import STORE_ERRORS

_WHOLE = "^{}$"
_METHODS = ("get", "post", "patch", "delete")
_MEDIA_TYPE = "application/problem+json"
_OF_GATEWAY = {401, 403}
# Query parameters that name a thing, which may not be there.
_NAMES_A_THING = {"segment"}
_REASONS = {
    400: "The request cannot be read",
    401: "No valid token (the gateway answers in its own form)",
    403: "The role does not allow this, or the token lacks the scope (the gateway answers in its own form)",
    404: "There is no such thing",
    409: "Conflicts with what is stored, or the Idempotency-Key was used for another request",
    412: "Somebody else changed it first",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "Some fields are not acceptable",
    428: "If-Match is missing",
    429: "The key has had its share of this minute; see Retry-After",
    500: "A fault of ours",
    503: "The store or a view is not available; see Retry-After",
}
_ANYWHERE = {400, 401, 403, 422, 429, 500, 503}
_WITH_BODY = {409, 413, 415}
_ON_A_VERSION = {409, 412, 428}


class FieldProblem(BaseModel):
    """One wrong field: a JSON pointer into the body, or a parameter's name, and the remedy."""

    pointer: str
    reason: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]


class Refusal(BaseModel):
    """What the gateway itself answers."""

    message: str


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
            result.body = veil.masked(result.body, hidden)
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
        for model in (FieldProblem, Problem, Refusal):
            described = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas[model.__name__] = Schema(**{name: part for name, part in described.items() if name != "$defs"})
        if document.components:
            document.components.schemas = schemas
        for path, operation, method in _operations(document):
            operation.responses = {**(operation.responses or {}), **_problems(path, operation, method)}
        return document


def staff_security() -> dict[str, Any]:
    """How the document says that routes want a token."""
    return {"security_schemes": {"staff": HTTPBearer(bearerFormat="JWT")}, "security": [{"staff": []}]}


def _operations(document: OpenAPI) -> Iterator[tuple[str, Operation, str]]:
    for path, item in (document.paths or {}).items():
        for method in _METHODS:
            operation = getattr(item, method)
            if operation is not None:
                yield path, operation, method


def _problems(path: str, operation: Operation, method: str) -> dict[int, dict[str, Any]]:
    statuses = set(_ANYWHERE)
    statuses |= _WITH_BODY if operation.requestBody else set()
    named = {getattr(parameter, "name", None) for parameter in operation.parameters or []}
    statuses |= {409} if method in {"patch", "delete"} or "idempotency-key" in named else set()
    statuses |= _ON_A_VERSION if "if-match" in named else set()
    statuses |= {404} if "{" in path or named & _NAMES_A_THING else set()
    return {status: {"description": _REASONS[status], "content": _content(status)} for status in sorted(statuses)}


def _content(status: int) -> dict[str, Any]:
    models: dict[str, type[BaseModel]] = {_MEDIA_TYPE: Problem}
    models |= {"application/json": Refusal} if status in _OF_GATEWAY else {}
    return {kind: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}} for kind, model in models.items()}
