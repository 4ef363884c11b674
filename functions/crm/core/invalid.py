"""What pydantic finds, in the words of this product: each wrong field as a JSON pointer with the remedy."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import BadValue, Reason, any_of

# Where pydantic speaks of Python instead of JSON.
_REASONS = {
    "extra_forbidden": Reason("unknown field; remove it or check its spelling"),
    "missing": Reason("required; it is missing"),
    "model_type": Reason("must be a JSON object"),
    "model_attributes_type": Reason("must be a JSON object"),
    "dict_type": Reason("must be a JSON object"),
    "is_instance_of": Reason("must be a number"),
}
# What else pydantic says of the schemas that there are, as sentences to translate; its own words are what is answered.
SENTENCES: Mapping[str, Reason] = {
    "bool_type": Reason("must be true or false"),
    "datetime_type": Reason("must be a date with its time"),
    "decimal_parsing": Reason("must be a number"),
    "decimal_type": Reason("must be a number"),
    "enum": Reason("must be one of {expected}"),
    "finite_number": Reason("must be a number"),
    "float_type": Reason("must be a number"),
    "greater_than": Reason("must be more than {gt}"),
    "greater_than_equal": Reason("must be at least {ge}"),
    "int_from_float": Reason("must be a whole number"),
    "int_parsing": Reason("must be a whole number"),
    "int_parsing_size": Reason("is too large a number"),
    "int_type": Reason("must be a whole number"),
    "less_than": Reason("must be less than {lt}"),
    "less_than_equal": Reason("must be at most {le}"),
    "list_type": Reason("must be a list"),
    "literal_error": Reason("must be one of {expected}"),
    "string_too_long": Reason("must have at most {max_length} characters"),
    "string_too_short": Reason("must have at least {min_length} characters"),
    "string_type": Reason("must be a text"),
    "string_unicode": Reason("must be a text"),
    "timezone_aware": Reason("must be a time with its offset"),
    "too_long": Reason("must have at most {max_length} entries"),
    "too_short": Reason("must have at least {min_length} entries"),
}
# Of what has to have one at least.
_EMPTY = dict.fromkeys(("string_too_short", "too_short"), Reason("must not be empty"))
BODY = "body"
_PLACES = {BODY, "query", "header", "path"}


def fields(found: Iterable[Mapping[str, Any]], *, body: Any) -> InvalidFields:
    """One error of all that was found in a request (`loc` begins with the place), a reason for each field."""
    reasons: dict[str, list[Reason]] = {}
    for one in found:
        reasons.setdefault(_where(one, body), []).append(said(one))
    wrong = tuple(FieldError(where, any_of(each)) for where, each in reasons.items())
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


def said(found: Mapping[str, Any]) -> Reason:
    """What pydantic says of one field."""
    context = found.get("ctx") or {}
    refused = context.get("error")
    if isinstance(refused, BadValue):
        return refused.reason
    kind, text = found["type"], str(found["msg"]).removeprefix("Value error, ")
    if kind not in SENTENCES:
        return _REASONS.get(kind) or Reason(text)
    if kind in _EMPTY and context["min_length"] == 1:
        return Reason.meaning(text, _EMPTY[kind])
    return Reason.meaning(text, SENTENCES[kind], **context)
