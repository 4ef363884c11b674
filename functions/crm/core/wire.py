"""DynamoDB's requests and answers as they travel.

An item is kept by us in the typed form in which it travels, `{"name": {"S": "Sara"}}`, so nothing has to be looked at
on its way; botocore looks at ten possible members of each value. Only binary values differ: they travel in base64.
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator
from typing import Any

_MARKS = (b'"B"', b'"BS"')
"""One of them stands in every answer that holds something which travels in another form."""
_OTHERWISE = frozenset({"B", "BS", "L", "M"})
"""The kinds of values that may hold something which travels in another form."""


def written(asked: dict[str, Any]) -> bytes:
    """A request as it travels. Raises TypeError for what is no JSON."""
    return json.dumps(asked, default=_other, separators=(",", ":")).encode()


def _other(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return b2a_base64(value, newline=False).decode()
    if isinstance(value, (set, frozenset)):
        return list(value)
    raise TypeError(f"{type(value).__name__} does not travel")


def decoded(body: bytes) -> dict[str, Any]:
    """What an answer says, binary values as such."""
    answer: dict[str, Any] = json.loads(body)
    if any(mark in body for mark in _MARKS):
        for item in _items(answer):
            _read(item.values())
    return answer


def _items(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All that is an item, or the key of one, in an answer of any operation."""
    for name in ("Attributes", "Item", "LastEvaluatedKey"):
        if name in answer:
            yield answer[name]
    yield from answer.get("Items", ())
    responses = answer.get("Responses", {})
    if isinstance(responses, list):
        # Of a transaction.
        yield from (one["Item"] for one in responses if "Item" in one)
        return
    for some in responses.values():
        yield from some
    for asked in answer.get("UnprocessedKeys", {}).values():
        yield from asked["Keys"]


def _read(values: Any) -> None:
    """Decode what these low-level values hold, in their place."""
    for value in values:
        (kind,) = value
        if kind in _OTHERWISE:
            content = value[kind]
            match kind:
                case "B":
                    value[kind] = a2b_base64(content)
                case "BS":
                    value[kind] = [a2b_base64(one) for one in content]
                case "M":
                    _read(content.values())
                case "L":
                    _read(content)
