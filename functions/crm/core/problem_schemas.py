"""The shapes of the answers that every route can give, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import Schema
from pydantic import BaseModel


class FieldProblem(BaseModel):
    """One wrong field: a JSON pointer into the body, or a parameter's name, and the remedy."""

    pointer: str
    reason: str


class Problem(BaseModel):
    """A problem document (RFC 9457). `permission`: of a 403 the permission that is missing, where it is one."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]
    permission: str | None = None


class GatewayRefusal(BaseModel):
    """What the gateway itself answers."""

    message: str


class SchemaNamedTwiceError(Exception):
    """Two models have one name, of which the document could show one alone."""


def described(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas, and those of the answers that every route can give. Raises SchemaNamedTwiceError."""
    found = dict(schemas)
    for model in (FieldProblem, Problem, GatewayRefusal):
        if model.__name__ in found:
            raise SchemaNamedTwiceError(model.__name__)
        told = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found[model.__name__] = Schema(**{name: part for name, part in told.items() if name != "$defs"})
    return found
