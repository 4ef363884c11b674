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
from tests.support.units import item_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

MOST_BYTES = 400 * 1024
_RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())
_KEYWORDS = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"})
# A word before a bracket is a function, and one before a colon or behind a sharp is a placeholder.
_WORD = re.compile(r"[#:]\w+|\b[A-Za-z_]\w*\b(?!\s*\()")
_SETS = ("SS", "NS", "BS")


# Where calls hold values of DynamoDB by name.
_VALUES = frozenset({"Item", "Key", "ExclusiveStartKey", "ExpressionAttributeValues"})
_SHORTEST = 4
"""No text in a call to DynamoDB has to be longer."""

_VALIDATOR = ParamValidator()
_RIGHT: set[tuple[str, object]] = set()


def require(client: BaseClient, operation: str, parameters: dict[str, Any]) -> None:
    """Raise ParamValidationError for a wrong shape, ClientError (ValidationException) for what DynamoDB refuses."""
    service = client.meta.service_model
    if service.service_name != "dynamodb":
        _require_shape(service.operation_model(operation), parameters)
        return
    # botocore takes half of all time over shapes: it is asked once about calls that are built alike.
    built = operation, _built(parameters)
    if built not in _RIGHT:
        _require_shape(service.operation_model(operation), parameters)
        if built[1] is not None:
            _RIGHT.add(built)
    for part in _parts(parameters):
        wrong = _placeholders(part) or _items(part)
        if wrong:
            raise error("ValidationException", f"{operation}: {wrong}")


def _require_shape(operation: Any, parameters: dict[str, Any]) -> None:
    shape = operation.input_shape
    if shape is not None and (found := _VALIDATOR.validate(parameters, shape)).has_errors():
        raise ParamValidationError(report=found.generate_report())


def _built(call: Any) -> object:
    """What botocore looks at in a call: types, names, the length of texts and the size of numbers; None: it is odd."""
    if type(call) is dict:
        parts = []
        for name, value in call.items():
            if name not in _VALUES:
                built = _built(value)
            elif type(value) is dict and all(map(_is_plain, value.values())):
                built = "values"
            else:
                built = None
            if built is None:
                return None
            parts.append((name, built))
        return tuple(parts)
    if type(call) is list:
        found = frozenset(map(_built, call))
        return None if None in found else found
    if type(call) is str:
        return len(call[:_SHORTEST])
    return (type(call), call) if type(call) in (bool, int) else None


def _is_plain(value: Any) -> bool:
    """Whether it is a value of DynamoDB, in a plain dict of one of its types; no: it may still be one."""
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, inner),) = value.items()
    is_of_it = type(inner) is _PLAIN.get(kind)
    if not is_of_it:
        return False
    match kind:
        case "M":
            return all(type(key) is str and _is_plain(one) for key, one in inner.items())
        case "L":
            return all(map(_is_plain, inner))
        case "SS" | "NS":
            return all(type(one) is str for one in inner)
    return True


_PLAIN: dict[str, type] = {
    **{"S": str, "N": str, "B": bytes, "BOOL": bool, "NULL": bool},
    **{"M": dict, "L": list, "SS": list, "NS": list},
}


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
    texts = frozenset(text for name, text in call.items() if name.endswith("Expression"))
    declared = frozenset((*call.get("ExpressionAttributeNames", ()), *call.get("ExpressionAttributeValues", ())))
    return _misnamed(texts, declared) if texts or declared else None


@lru_cache(maxsize=4096)
def _misnamed(texts: frozenset[str], declared: frozenset[str]) -> str | None:
    used = frozenset().union(*map(_words, texts))
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
    # A character is four bytes at most, and all that counts is written out.
    if 4 * len(repr(item)) > MOST_BYTES and item_size(item) > MOST_BYTES:
        return "the item is too large"
    given = (*item.items(), *call.get("ExpressionAttributeValues", {}).items())
    empty = [name for name, value in given for kind, inner in value.items() if inner == [] and kind in _SETS]
    return f"empty sets: {empty}" if empty else None
