"""What AWS refuses before it looks at any item, for worlds in memory: a call of a wrong shape.

Shapes are those of botocore's own service descriptions. For DynamoDB also: reserved words that stand bare in an
expression, placeholders that are declared and not used or the other way round, keys and sets that are empty, items
above 400 KB. Source: the DynamoDB developer guide, "Reserved words", "Expression attribute names" and "Constraints".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.support.memory import error
from tests.support.meter import item_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

MOST_BYTES = 400 * 1024
_RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())
_KEYWORDS = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"})
# A word before a bracket is a function, and one before a colon or behind a sharp is a placeholder.
_WORD = re.compile(r"[#:]\w+|\b[A-Za-z_]\w*\b(?!\s*\()")
_SETS = ("SS", "NS", "BS")


class _Validator(ParamValidator):
    """botocore's, which takes a fifth of all time over values: those that are plainly right it is not asked about."""

    def _validate(self, params: Any, shape: Any, errors: Any, name: str) -> None:
        if shape.name == "AttributeValue" and _is_plain(params):
            return
        super()._validate(params, shape, errors, name)  # type: ignore[misc]


_VALIDATOR = _Validator()


def require(client: BaseClient, operation: str, parameters: dict[str, Any]) -> None:
    """Raise ParamValidationError for a wrong shape, ClientError (ValidationException) for what DynamoDB refuses."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    if shape is not None and (found := _VALIDATOR.validate(parameters, shape)).has_errors():
        raise ParamValidationError(report=found.generate_report())
    if client.meta.service_model.service_name == "dynamodb":
        for part in _parts(parameters):
            wrong = _placeholders(part) or _items(part)
            if wrong:
                raise error("ValidationException", f"{operation}: {wrong}")


def _is_plain(value: Any) -> bool:
    """Whether it is a value of DynamoDB, in a plain dict of one of its types; no: it may still be one."""
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, inner),) = value.items()
    match kind:
        case "S" | "N":
            return type(inner) is str
        case "BOOL" | "NULL":
            return type(inner) is bool
        case "M":
            return type(inner) is dict and all(type(key) is str and _is_plain(one) for key, one in inner.items())
        case "L":
            return type(inner) is list and all(map(_is_plain, inner))
    return False


def _parts(call: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The call, or the calls that a transaction or a batch is made of."""
    yield call
    for one in call.get("TransactItems", ()):
        yield from one.values()
    for asked in call.get("RequestItems", {}).values():
        for request in [asked] if isinstance(asked, dict) else asked:
            yield request
            yield from (request.get(kind, {}) for kind in ("PutRequest", "DeleteRequest"))
            yield from ({"Key": key} for key in request.get("Keys", ()))


def _placeholders(call: dict[str, Any]) -> str | None:
    used: set[str] = set()
    for name, text in call.items():
        if name.endswith("Expression"):
            used |= _words(text)
    declared = {*call.get("ExpressionAttributeNames", ()), *call.get("ExpressionAttributeValues", ())}
    placeholders = {word for word in used if word[0] in "#:"}
    if placeholders != declared:
        return f"placeholders used and declared differ: {sorted(placeholders ^ declared)}"
    reserved = {word for word in used - _KEYWORDS if word.upper() in _RESERVED}
    return f"reserved words: {sorted(reserved)}" if reserved else None


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _items(call: dict[str, Any]) -> str | None:
    item = call.get("Item") or call.get("Key")
    if not item:
        return None
    if not item["pk"].get("S") or not item["sk"].get("S"):
        return "a key is empty"
    if item_size(item) > MOST_BYTES:
        return "the item is too large"
    given = {**item, **call.get("ExpressionAttributeValues", {})}
    empty = [name for name, value in given.items() if any(value.get(kind) == [] for kind in _SETS)]
    return f"empty sets: {empty}" if empty else None
