"""Errors as problem documents (RFC 9457). The only module that turns an error into an answer."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from crm.core import invalid, table
from crm.core.errors import (
    CrmError,
    NotFound,
    StoreUnavailable,
    TooManyRequests,
    Unavailable,
)
from crm.core.log import logger

MEDIA_TYPE = "application/problem+json"


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
    return answer(invalid.fields(error.errors(), body=body))


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
