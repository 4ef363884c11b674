"""Plain values, and the typed form in which DynamoDB has them: `{"S": "Sara"}`, `{"N": "1.5"}`, `{"M": {…}}`.

The rules are those of boto3's serialiser, which a test compares. That takes twice as long to read an item, four times
to write one, and a tenth of a cold start to be loaded. Binary values are plain `bytes` on both sides.
"""

from collections.abc import Callable, Mapping, Set
from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from types import NoneType
from typing import Any

# The limits of a number in DynamoDB (developer guide, "Data types"): 38 digits, and none of them is ever lost.
_NUMBERS = Context(Emin=-128, Emax=126, prec=38, traps=[Clamped, Overflow, Inexact, Rounded, Underflow])
_exact = _NUMBERS.create_decimal


class Untyped(TypeError):
    """A value that DynamoDB has no type for."""


def typed(value: Any) -> dict[str, Any]:
    """A plain value as DynamoDB has it. Raises Untyped, and Inexact (`decimal`) for a number that would lose digits."""
    write = _TYPED.get(type(value)) or _typed_as(value)
    return write(value)


def plain(value: Mapping[str, Any]) -> Any:
    """A typed value as a plain one; numbers become Decimal."""
    ((kind, content),) = value.items()
    return content if kind in _AS_IT_IS else _PLAIN[kind](content)


def plain_map(values: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values by name, such as an item, as plain ones."""
    found = {}
    # Without a call for each: most are texts, and a page reads a thousand.
    for name, value in values.items():
        ((kind, content),) = value.items()
        found[name] = content if kind in _AS_IT_IS else _PLAIN[kind](content)
    return found


def _typed_as(value: Any) -> Callable[[Any], dict[str, Any]]:
    """How a value of a derived class is written: as one of the class that it is derived from."""
    for kind, write in _TYPED.items():
        if isinstance(value, kind):
            return write
    raise Untyped(f"{type(value).__name__} has no type in the store")


def _set(values: Set[Any]) -> dict[str, Any]:
    if all(isinstance(one, (int, Decimal)) for one in values):
        return {"NS": [_number(one) for one in values]}
    if all(isinstance(one, str) for one in values):
        return {"SS": list(values)}
    if all(isinstance(one, (bytes, bytearray)) for one in values):
        return {"BS": list(values)}
    raise Untyped("a set in the store is of texts, of numbers or of bytes")


def _number(value: int | Decimal) -> str:
    number = _exact(value)
    if not number.is_finite():
        raise Untyped(f"{value} is no number in the store")
    return str(number)


_AS_IT_IS = frozenset({"S", "BOOL", "B"})
_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "N": _exact,
    "M": plain_map,
    "L": lambda values: [plain(one) for one in values],
    "NULL": lambda _: None,
    "SS": set,
    "NS": lambda numbers: set(map(_exact, numbers)),
    "BS": set,
}
_TYPED: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    str: lambda value: {"S": value},
    bool: lambda value: {"BOOL": value},
    int: lambda value: {"N": _number(value)},
    Decimal: lambda value: {"N": _number(value)},
    NoneType: lambda _: {"NULL": True},
    dict: lambda values: {"M": {name: typed(one) for name, one in values.items()}},
    list: lambda values: {"L": [typed(one) for one in values]},
    tuple: lambda values: {"L": [typed(one) for one in values]},
    bytes: lambda value: {"B": value},
    bytearray: lambda value: {"B": value},
    set: _set,
    Set: _set,
    Mapping: lambda values: {"M": {name: typed(one) for name, one in values.items()}},
}
