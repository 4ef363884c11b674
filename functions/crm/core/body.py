"""The one strict decoder of request bodies.

Python's parser dies of deep nesting, invalid UTF-8 and very long integers, and lets NaN, lone surrogates and
duplicate keys through. Here each of them is an InvalidRequest that says what is wrong.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any, NoReturn

from crm.core.errors import BodyTooLarge, FieldError, InvalidFields, InvalidRequest, UnsupportedBody
from crm.core.reason import Reason

LARGEST_BODY_BYTES = 256 * 1024
DEEPEST_NESTING = 32
LONGEST_NUMBER = 40
# Beyond this JSON's exponents reach what neither Decimal nor DynamoDB can hold.
_LARGEST_EXPONENT = 100


def text(event: Mapping[str, Any]) -> str:
    """The JSON body of an HTTP API event as text, or "". Raises InvalidRequest: too large, not UTF-8, not JSON."""
    body: str = event.get("body") or ""
    raw = _base64(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
    if len(raw) > LARGEST_BODY_BYTES:
        raise BodyTooLarge(f"the body has {len(raw)} bytes; at most {LARGEST_BODY_BYTES} are taken")
    if raw:
        _require_json(event)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise InvalidRequest(f"the body is not valid UTF-8 at byte {bad.start}") from bad


def decode(body: str) -> dict[str, Any]:
    """The JSON object in `body`; numbers with a fraction become Decimal. Raises InvalidRequest, InvalidFields."""
    try:
        document = json.loads(
            body,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
        _inspect(document, depth=1)
    except RecursionError as too_deep:
        raise InvalidRequest(f"the JSON is nested deeper than {DEEPEST_NESTING} levels") from too_deep
    except json.JSONDecodeError as malformed:
        where = f"line {malformed.lineno}, column {malformed.colno}"
        raise InvalidRequest(f"malformed JSON at {where}: {malformed.msg}") from malformed
    if not isinstance(document, dict):
        # Powertools would take the first element of a list for the object.
        raise InvalidFields("the body must be a JSON object", fields=(FieldError("", Reason("must be a JSON object")),))
    return document


def _base64(body: str) -> bytes:
    try:
        return base64.b64decode(body)
    except binascii.Error as bad:
        raise InvalidRequest("the body is marked as base64 but is not") from bad


def _require_json(event: Mapping[str, Any]) -> None:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    media_type = headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedBody(f"the body is {media_type}; send application/json")


def _integer(literal: str) -> int:
    _limit(literal)
    return int(literal)


def _decimal(literal: str) -> Decimal:
    _limit(literal)
    try:
        number = Decimal(literal)
    except DecimalException as bad:
        raise InvalidRequest(f"the number {literal} cannot be held") from bad
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise InvalidRequest(f"the number {literal} is out of range")
    return number


def _limit(literal: str) -> None:
    if len(literal) > LONGEST_NUMBER:
        raise InvalidRequest(f"a number has {len(literal)} characters; at most {LONGEST_NUMBER} are taken")


def _no_constant(literal: str) -> NoReturn:
    raise InvalidRequest(f"{literal} is not JSON; leave the field out or send a number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidRequest(f"the key {twice[:80]!a} occurs twice in one object")
    return document


def _inspect(value: Any, *, depth: int) -> None:
    """Refuse deep nesting and text that is no text, wherever they stand."""
    if depth > DEEPEST_NESTING:
        raise InvalidRequest(f"the JSON is nested deeper than {DEEPEST_NESTING} levels")
    if isinstance(value, str):
        _require_text(value)
    elif isinstance(value, list):
        for element in value:
            _inspect(element, depth=depth + 1)
    elif isinstance(value, dict):
        for name, element in value.items():
            _require_text(name)
            _inspect(element, depth=depth + 1)


def _require_text(value: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidRequest("a text holds half of a surrogate pair, which is no character")
