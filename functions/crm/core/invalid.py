"""What pydantic finds, in the words of this product: each wrong field as a JSON pointer with the remedy."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crm.core.errors import FieldError, InvalidFields

# Where pydantic speaks of Python instead of JSON.
_REASONS = {
    "extra_forbidden": "unknown field; remove it or check its spelling",
    "missing": "required; it is missing",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "is_instance_of": "must be a number",
}
BODY = "body"
_PLACES = {BODY, "query", "header", "path"}


def fields(found: Iterable[Mapping[str, Any]], *, body: Any) -> InvalidFields:
    """One error of all that was found in a request (`loc` begins with the place), a reason for each field."""
    reasons: dict[str, list[str]] = {}
    for one in found:
        reasons.setdefault(_where(one, body), []).append(_reason(one))
    wrong = tuple(FieldError(where, ", or ".join(dict.fromkeys(said))) for where, said in reasons.items())
    summary = "; ".join(f"{field.pointer or 'the body'}: {field.reason}" for field in wrong[:5])
    return InvalidFields(summary, fields=wrong)


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901) from the steps of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _where(found: Mapping[str, Any], body: Any) -> str:
    place, *path = found["loc"] or (BODY,)
    if place == BODY:
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
