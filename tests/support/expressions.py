"""DynamoDB's expressions, read once each into functions: conditions, filters, key conditions and updates.

What is not known here is an error (KeyError), never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

Item = dict[str, Any]
Names = Mapping[str, str]
Values = Mapping[str, Any]
Reading = Callable[[Item, Names, Values], Any]
Change = Callable[[Item, Item, Names, Values], None]
_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+\-.\[\]]|[#:]?\w+)")
_CLAUSES = frozenset({"SET", "REMOVE", "ADD", "DELETE"})
_FUNCTIONS = frozenset({"attribute_exists", "attribute_not_exists", "begins_with", "contains", "attribute_type"})
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


@lru_cache(maxsize=4096)
def condition(text: str) -> Reading:
    """A condition or filter as a function of item, names and values."""
    reader = _Reader(text)
    found = reader.any_of()
    reader.end()
    return found


@lru_cache(maxsize=4096)
def update(text: str) -> list[Change]:
    """An update as functions that change `after`, each reading what stood `before`."""
    reader, found, clause = _Reader(text), [], ""
    while reader.tokens:
        if reader.peek().upper() in _CLAUSES:
            clause = reader.take().upper()
        found.append(reader.change(clause))
        if reader.peek() == ",":
            reader.take()
    return found


def plain(value: Any) -> Any:
    """A low-level value as one that compares: numbers by size, sets without order."""
    ((kind, inner),) = value.items()
    if kind == "N":
        return Decimal(inner)
    return frozenset(inner) if kind in {"SS", "NS", "BS"} else inner


def _same(left: Any, right: Any) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return False
    return bool(plain(left) == plain(right))


def _ordered(left: Any, compare: str, right: Any) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return False
    return _ORDER[compare](plain(left), plain(right))


class _Reader:
    """Reads one expression into functions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = _TOKEN.findall(text)
        if "".join(self.tokens) != re.sub(r"\s", "", text):
            raise KeyError(f"cannot read {text}")

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, expected: str | None = None) -> str:
        token = self.tokens.pop(0)
        if expected is not None and token != expected:
            raise KeyError(f"{token} instead of {expected} in {self.text}")
        return token

    def end(self) -> None:
        if self.tokens:
            raise KeyError(f"cannot read {self.text}")

    def any_of(self) -> Reading:
        parts = [self.all_of()]
        while self.peek() == "OR":
            self.take()
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else lambda i, n, v: any(part(i, n, v) for part in parts)

    def all_of(self) -> Reading:
        parts = [self.negated()]
        while self.peek() == "AND":
            self.take()
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else lambda i, n, v: all(part(i, n, v) for part in parts)

    def negated(self) -> Reading:
        if self.peek() == "NOT":
            self.take()
            inner = self.negated()
            return lambda i, n, v: not inner(i, n, v)
        return self.atom()

    def atom(self) -> Reading:
        if self.peek() == "(":
            self.take()
            inner = self.any_of()
            self.take(")")
            return inner
        if self.peek() in _FUNCTIONS:
            return self.function(self.take())
        return self.comparison(self.operand(), self.take())

    def comparison(self, left: Reading, compare: str) -> Reading:
        if compare == "IN":
            self.take("(")
            others = [self.operand()]
            while self.take() == ",":
                others.append(self.operand())
            return lambda i, n, v: any(_same(left(i, n, v), other(i, n, v)) for other in others)
        right = self.operand()
        if compare == "BETWEEN":
            self.take("AND")
            upper = self.operand()
            return lambda i, n, v: (
                _ordered(left(i, n, v), ">=", right(i, n, v)) and _ordered(left(i, n, v), "<=", upper(i, n, v))
            )
        if compare == "=":
            return lambda i, n, v: _same(left(i, n, v), right(i, n, v))
        if compare == "<>":
            return lambda i, n, v: not _same(left(i, n, v), right(i, n, v))
        if compare not in _ORDER:
            raise KeyError(f"{compare} in {self.text}")
        return lambda i, n, v: _ordered(left(i, n, v), compare, right(i, n, v))

    def function(self, name: str) -> Reading:
        self.take("(")
        first = self.operand()
        second = None
        if self.peek() == ",":
            self.take()
            second = self.operand()
        self.take(")")
        if second is None:
            wanted = name == "attribute_exists"
            return lambda i, n, v: (first(i, n, v) is not None) == wanted
        check = {"begins_with": _begins, "contains": _contains, "attribute_type": _is_of}[name]
        return lambda i, n, v: check(first(i, n, v), second(i, n, v))

    def operand(self) -> Reading:
        token = self.peek()
        if token in {"if_not_exists", "list_append", "size"}:
            return self.value_function(self.take())
        if token.startswith(":"):
            self.take()
            return lambda i, n, v: v[token]
        path = self.path()
        if len(path) == 1 and not isinstance(path[0], int):
            name = path[0]
            return lambda i, n, v: i.get(n[name] if name[0] == "#" else name)
        return lambda i, n, v: _at(i, path, n)

    def value_function(self, name: str) -> Reading:
        self.take("(")
        first = self.operand()
        if name == "size":
            self.take(")")
            return lambda i, n, v: _size(first(i, n, v))
        self.take(",")
        second = self.operand()
        self.take(")")
        if name == "list_append":
            return lambda i, n, v: {"L": [*first(i, n, v)["L"], *second(i, n, v)["L"]]}

        def known(i: Item, n: Names, v: Values) -> Any:
            found = first(i, n, v)
            return found if found is not None else second(i, n, v)

        return known

    def path(self) -> list[str | int]:
        found: list[str | int] = [self.take()]
        while self.peek() in {".", "["}:
            if self.take() == ".":
                found.append(self.take())
            else:
                found.append(int(self.take()))
                self.take("]")
        return found

    def change(self, clause: str) -> Change:
        path = self.path()
        if clause == "REMOVE":
            return lambda before, after, n, v: _remove(after, path, n)
        if clause == "SET":
            self.take("=")
            value = self.sum()
            return lambda before, after, n, v: _set(after, path, n, value(before, n, v))
        name = self.take()
        combine = {"ADD": _added, "DELETE": _without}[clause]
        return lambda before, after, n, v: combine(after, path, n, v[name])

    def sum(self) -> Reading:
        first = self.operand()
        if self.peek() not in {"+", "-"}:
            return first
        sign, second = self.take(), self.operand()

        def total(i: Item, n: Names, v: Values) -> Any:
            one, other = first(i, n, v), second(i, n, v)
            if one is None or other is None:
                return None
            a, b = Decimal(one["N"]), Decimal(other["N"])
            return {"N": format(a + b if sign == "+" else a - b, "f")}

        return total


def _name(part: str | int, names: Names) -> Any:
    return names[part] if isinstance(part, str) and part.startswith("#") else part


def _at(item: Item, path: list[str | int], names: Names) -> Any:
    found: Any = {"M": item}
    for part in path:
        inner = found.get("L" if isinstance(part, int) else "M")
        if inner is None:
            return None
        found = dict(enumerate(inner)).get(part) if isinstance(part, int) else inner.get(_name(part, names))
        if found is None:
            return None
    return found


def _holder(item: Item, path: list[str | int], names: Names) -> Any:
    """What holds the last part of a path, its way copied, so that nothing that was read before changes."""
    holder: Any = item
    for part in path[:-1]:
        place = _name(part, names)
        if not isinstance(place, int) and place not in holder:
            raise LookupError("the document path in the update expression is invalid for update")
        ((kind, inner),) = holder[place].items()
        copied = list(inner) if kind == "L" else dict(inner)
        holder[place] = {kind: copied}
        holder = copied
    return holder


def _set(item: Item, path: list[str | int], names: Names, value: Any) -> None:
    if value is None:
        raise LookupError("an attribute that does not exist stands in the update")
    holder, last = _holder(item, path, names), _name(path[-1], names)
    if isinstance(last, int) and last >= len(holder):
        holder.append(value)
    else:
        holder[last] = value


def _remove(item: Item, path: list[str | int], names: Names) -> None:
    holder, last = _holder(item, path, names), _name(path[-1], names)
    if isinstance(last, int):
        del holder[last : last + 1]
    else:
        holder.pop(last, None)


def _added(item: Item, path: list[str | int], names: Names, amount: Any) -> None:
    known = _at(item, path, names)
    ((kind, inner),) = amount.items()
    if kind == "N":
        total = Decimal(known["N"]) + Decimal(inner) if known else Decimal(inner)
        _set(item, path, names, {"N": format(total, "f")})
    else:
        _set(item, path, names, {kind: sorted({*(known[kind] if known else ()), *inner})})


def _without(item: Item, path: list[str | int], names: Names, taken: Any) -> None:
    known = _at(item, path, names)
    ((kind, inner),) = taken.items()
    left = sorted(set(known[kind]) - set(inner)) if known else []
    if left:
        _set(item, path, names, {kind: left})
    else:
        _remove(item, path, names)


def _begins(value: Any, prefix: Any) -> bool:
    return value is not None and "S" in value and value["S"].startswith(prefix["S"])


def _contains(value: Any, part: Any) -> bool:
    if value is None:
        return False
    ((kind, inner),) = value.items()
    if kind == "L":
        return any(_same(one, part) for one in inner)
    return bool(plain(part) in inner) if kind != "NS" else str(part["N"]) in inner


def _is_of(value: Any, kind: Any) -> bool:
    return value is not None and kind["S"] in value


def _size(value: Any) -> Any:
    if value is None:
        return None
    ((_, inner),) = value.items()
    return {"N": str(len(inner))}
