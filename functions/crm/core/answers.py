"""What the OpenAPI document says of answers beyond what Powertools finds: problems, headers, versions."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import OpenAPI, Operation, Parameter, Schema
from pydantic import BaseModel

from crm.core.problem_schemas import GatewayRefusal, Problem

_METHODS = ("get", "post", "patch", "delete")
_MEDIA_TYPE = "application/problem+json"
_OF_GATEWAY = {401, 403}
# Query parameters and fields of bodies that name a thing, which may not be there.
_NAMES_A_THING = {"segment", "into", "customer", "customer_id"}
# Where a version may be sent and need not be.
_WITHOUT_VERSION = {"/keys/{key_id}/rotate"}
_ABSENT_UNTIL_MADE = {"/patterns/late"}
_REASONS = {
    400: "The request cannot be read",
    401: "No valid token (the gateway answers in its own form)",
    403: "The role lacks the named `permission`, or the token the scope (the gateway answers in its own form)",
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
_WITH_BODY = {413, 415}
_ON_A_VERSION = {412, 428}
_AGAIN = {429, 503}
_HEADERS = {
    "ETag": "The `version` in quotation marks, for If-Match.",
    "Location": "Where the new thing is, or how far it is.",
    "Retry-After": "After how many seconds it is worth asking again.",
}
VERSION_PATTERN = r'^\s*(W/)?"*(\*|[0-9]{1,15})"*\s*$'
"""What If-Match holds: a version such as 3, as such or as an entity tag, or `*` for whatever is stored."""


@dataclass(frozen=True)
class _Route:
    """A route of the document, and the names of what its body and its first good answer hold."""

    path: str
    method: str
    operation: Operation
    takes: frozenset[str]
    gives: frozenset[str]

    @property
    def parameters(self) -> set[str]:
        return {str(getattr(parameter, "name", "")) for parameter in self.operation.parameters or []}


def complete(document: OpenAPI) -> None:
    """Put into each operation what it can answer beside its own answer, and the headers of all."""
    for route in _routes(document):
        _mend(route)
        route.operation.responses = {**(route.operation.responses or {}), **_problems(route)}


def _routes(document: OpenAPI) -> Iterator[_Route]:
    schemas: Mapping[str, Any] = (document.components and document.components.schemas) or {}
    for path, item in (document.paths or {}).items():
        for method in _METHODS:
            operation = getattr(item, method)
            if operation is not None:
                good = next((answer for code, answer in (operation.responses or {}).items() if _is_good(code)), None)
                yield _Route(path, method, operation, _held(operation.requestBody, schemas), _held(good, schemas))


def _is_good(code: Any) -> bool:
    return str(code).startswith("2")


def _held(message: Any, schemas: Mapping[str, Any]) -> frozenset[str]:
    """The names of the fields of a body or an answer that is one of the models."""
    found = re.search(r"'#/components/schemas/(\w+)'", str(_plain(message)))
    return frozenset(getattr(schemas.get(found[1]), "properties", None) or ()) if found else frozenset()


def _plain(message: Any) -> dict[str, Any]:
    """A part of the document, which Powertools holds as a model in one place and as a dict in another."""
    if isinstance(message, BaseModel):
        return message.model_dump(by_alias=True, exclude_none=True)
    return dict(message or {})


def _mend(route: _Route) -> None:
    """What Powertools cannot know: headers of answers, that 204 has no body, that a change needs its version."""
    answers: dict[int, Any] = {code: _plain(answer) for code, answer in (route.operation.responses or {}).items()}
    route.operation.responses = answers
    for code, answer in answers.items():
        if str(code) == "204":
            answer.pop("content", None)
        names = {"Location"} if str(code) in {"201", "202"} else set()
        names |= {"ETag"} if _is_good(code) and "version" in route.gives else set()
        if names:
            answer["headers"] = _headers(names)
    for parameter in route.operation.parameters or []:
        if isinstance(parameter, Parameter) and parameter.name == "if-match":
            parameter.required = route.path not in _WITHOUT_VERSION
            parameter.schema_ = Schema(type="string", pattern=VERSION_PATTERN, title="If-Match")


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in sorted(names)}


def _problems(route: _Route) -> dict[int, dict[str, Any]]:
    statuses = set(_ANYWHERE)
    # Any body is looked at; and something may be in a state in which it cannot be done.
    statuses |= _WITH_BODY | {409} if route.method != "get" else set()
    statuses |= _ON_A_VERSION if "if-match" in route.parameters else set()
    named = (route.parameters | route.takes) & _NAMES_A_THING
    statuses |= {404} if "{" in route.path or named or route.path in _ABSENT_UNTIL_MADE else set()
    return {status: _problem(status) for status in sorted(statuses)}


def _problem(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {"description": _REASONS[status], "content": _content(status)}
    return told | ({"headers": _headers({"Retry-After"})} if status in _AGAIN else {})


def _content(status: int) -> dict[str, Any]:
    models: dict[str, type[BaseModel]] = {_MEDIA_TYPE: Problem}
    models |= {"application/json": GatewayRefusal} if status in _OF_GATEWAY else {}
    return {kind: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}} for kind, model in models.items()}
