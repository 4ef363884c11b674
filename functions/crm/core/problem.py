"""Errors as problem documents (RFC 9457). The only module that turns an error into an answer."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from crm.core import table
from crm.core.errors import (
    CrmError,
    FieldError,
    InvalidFields,
    NotFound,
    StoreUnavailable,
    TooManyRequests,
    Unavailable,
)
from crm.core.log import logger

MEDIA_TYPE = "application/problem+json"
# Where pydantic speaks of Python instead of JSON.
_REASONS = {
    "extra_forbidden": "unknown field; remove it or check its spelling",
    "missing": "required; it is missing",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "is_instance_of": "must be a number",
}
_PLACES = {"body", "query", "header", "path"}


def answer(error: CrmError) -> Response[str]:
    """The problem document of an error of ours."""
    document: dict[str, Any] = {
        "type": f"urn:crm:problem:{error.slug}",
        "title": error.title,
        "status": error.status.value,
        "detail": error.detail,
        "errors": [{"pointer": field.pointer, "reason": field.reason} for field in error.fields],
        **error.extensions,
    }
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, (Unavailable, TooManyRequests)) else {}
    return Response(
        status_code=error.status.value,
        content_type=MEDIA_TYPE,
        body=json.dumps(document, ensure_ascii=False),
        headers=headers,
    )


def of_validation(error: RequestValidationError, *, body: Any) -> Response[str]:
    """What pydantic found, each as a JSON pointer into the body, or the parameter's name, with the remedy."""
    reasons: dict[str, list[str]] = {}
    for found in error.errors():
        reasons.setdefault(_where(found, body), []).append(_reason(found))
    fields = tuple(FieldError(where, ", or ".join(dict.fromkeys(said))) for where, said in reasons.items())
    summary = "; ".join(f"{field.pointer or 'the body'}: {field.reason}" for field in fields[:5])
    return answer(InvalidFields(summary, fields=fields))


def of_store(error: Exception) -> Response[str]:
    """A store that is down or throttled is 503; anything else it says is a fault of ours and stays an exception."""
    if not table.is_passing(error):
        raise error
    logger().warning("store unavailable", error_type=type(error).__name__)
    return answer(StoreUnavailable("the store is down or busy; nothing was changed, or it was changed whole"))


def of_unknown_route(_: Exception) -> Response[str]:
    """Only reached when a route exists in the gateway and not in the code."""
    return answer(NotFound("no such route"))


def of_bug(error: Exception) -> Response[str]:
    """A fault of ours: logged with its traceback, answered without any of it."""
    logger().exception("unexpected error", exc_info=error)
    return answer(CrmError("an unexpected error; it has been logged"))


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901) from the steps of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _where(found: Mapping[str, Any], body: Any) -> str:
    place, *path = found["loc"] or ("body",)
    if place == "body":
        return pointer(_real(path, body, missing=found["type"] == "missing"))
    return str(path[-1]) if path and place in _PLACES else str(place)


def _real(path: list[str | int], body: Any, *, missing: bool) -> Iterator[str | int]:
    """The steps that lead somewhere in the body: pydantic also names the branch of a union it has tried."""
    for step in path:
        if isinstance(body, dict) and step in body:
            body = body[str(step)]
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        elif not (missing and step == path[-1]):
            continue
        yield step


def _reason(found: Mapping[str, Any]) -> str:
    return _REASONS.get(found["type"]) or str(found["msg"]).removeprefix("Value error, ")
