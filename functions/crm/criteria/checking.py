"""Is a rule one that we understand? Every mistake with the JSON pointer of its place and the remedy."""

from collections.abc import Iterator
from typing import Any

from crm.core.errors import FieldError
from crm.criteria.fields import KNOWN, FieldKind, kind_of
from crm.criteria.values import ValueRefused

DEEPEST = 10
MOST_CONDITIONS = 100
MOST_VALUES = 100
_BRANCHES = ("all", "any", "not")
_FORM = 'write {"all": […]}, {"any": […]}, {"not": {…}} or {"field": …, "op": …, "value": …}'


def problems(rule: Any, *, pointer: str = "/rule") -> tuple[FieldError, ...]:
    """What is wrong with a rule; empty when nothing is."""
    found = tuple(_of_node(rule, pointer, 1))
    if not found and _conditions(rule) > MOST_CONDITIONS:
        return (FieldError(pointer, f"at most {MOST_CONDITIONS} conditions"),)
    return found


def _of_node(node: Any, at: str, depth: int) -> Iterator[FieldError]:
    if not isinstance(node, dict):
        yield FieldError(at, _FORM)
    elif depth > DEEPEST:
        yield FieldError(at, f"at most {DEEPEST} levels")
    elif (branch := next((name for name in _BRANCHES if name in node), None)) is None:
        yield from _of_condition(node, at)
    else:
        yield from _unknown(node, {branch}, at)
        yield from _of_branch(branch, node[branch], f"{at}/{branch}", depth)


def _of_branch(branch: str, parts: Any, at: str, depth: int) -> Iterator[FieldError]:
    if branch == "not":
        yield from _of_node(parts, at, depth + 1)
    elif not isinstance(parts, list) or not 1 <= len(parts) <= MOST_CONDITIONS:
        yield FieldError(at, f"give a list of 1 to {MOST_CONDITIONS} conditions")
    else:
        for index, part in enumerate(parts):
            yield from _of_node(part, f"{at}/{index}", depth + 1)


def _of_condition(node: dict[str, Any], at: str) -> Iterator[FieldError]:
    missing = [name for name in ("field", "op", "value") if name not in node]
    if len(missing) == 3:
        yield FieldError(at, _FORM)
        return
    yield from _unknown(node, {"field", "op", "value"}, at)
    yield from (FieldError(f"{at}/{name}", "is missing") for name in missing)
    kind = kind_of(node.get("field"))
    if "field" in node and kind is None:
        yield FieldError(f"{at}/field", f"no such field; there are {', '.join(KNOWN)}")
    elif kind and "op" in node and not _offers(kind, node["op"]):
        yield FieldError(f"{at}/op", f"this field takes {', '.join(sorted(kind.ops))}")
    elif kind and not missing:
        yield from _of_value(kind, node["op"], node["value"], f"{at}/value")


def _of_value(kind: FieldKind, op: str, value: Any, at: str) -> Iterator[FieldError]:
    if op == "exists":
        if not isinstance(value, bool):
            yield FieldError(at, "give true (is known) or false (is not known)")
    elif op != "in":
        yield from _refusal(kind, value, at)
    elif not isinstance(value, list) or not 1 <= len(value) <= MOST_VALUES:
        yield FieldError(at, f"give a list of 1 to {MOST_VALUES} values")
    else:
        for index, one in enumerate(value):
            yield from _refusal(kind, one, f"{at}/{index}")


def _refusal(kind: FieldKind, value: Any, at: str) -> Iterator[FieldError]:
    try:
        kind.check(value)
    except ValueRefused as refused:
        yield FieldError(at, str(refused))


def _offers(kind: FieldKind, op: Any) -> bool:
    return isinstance(op, str) and op in kind.ops


def _unknown(node: dict[str, Any], known: set[str], at: str) -> Iterator[FieldError]:
    for name in node:
        if name not in known:
            place = name.replace("~", "~0").replace("/", "~1")
            yield FieldError(f"{at}/{place}", f"is not understood here; {_FORM}")


def _conditions(node: dict[str, Any]) -> int:
    if "not" in node:
        return _conditions(node["not"])
    parts = node.get("all") or node.get("any")
    return sum(map(_conditions, parts)) if parts else 1
