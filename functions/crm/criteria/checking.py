"""Is a rule one that we understand? Every mistake with the JSON pointer of its place and the remedy."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from crm.core import veil
from crm.core.errors import FieldError
from crm.core.reason import Reason
from crm.criteria import bought, values, yearly
from crm.criteria.durations import duration
from crm.criteria.fields import FUTURE, KNOWN, NUMBER, OPEN_NAMES, ORDER, PAST, FieldKind, field_of
from crm.criteria.own import FREE, OwnKinds
from crm.criteria.values import ValueRefused

DEEPEST = 10
MOST_CONDITIONS = 100
MOST_VALUES = 100
MOST_PROBLEMS = 50
_BRANCHES = ("all", "any", "not")
_FORM = Reason('write {"all": […]}, {"any": […]}, {"not": {…}} or {"field": …, "op": …, "value": …}')
_NAMES: Mapping[str, Reason] = {
    "custom.": Reason(
        "name it as customers have it: custom. and up to 40 letters (a-z, A-Z), digits or _, a letter first"
    ),
    "facts.other_currencies.": Reason("name the currency by its three capital letters: facts.other_currencies.EUR"),
}
_OF_SEGMENT = frozenset({"eq", "ne", "in"})
_OF_PURCHASES = ORDER | {"eq", "ne", "in"}
_SPAN_OPS = PAST | FUTURE
Check = Callable[[Any], Any]


def problems(rule: Any, *, pointer: str = "/rule", own: OwnKinds = FREE) -> tuple[FieldError, ...]:
    """What is wrong with a rule, the first mistakes of very many; empty when nothing is. `own`: fields defined."""
    found = tuple(islice(_of_node(rule, pointer, 1, own), MOST_PROBLEMS))
    if not found and _conditions(rule) > MOST_CONDITIONS:
        return (FieldError(pointer, Reason("at most {most} conditions", most=MOST_CONDITIONS)),)
    return found


def unseen(rule: Any, *, hidden: Collection[str], pointer: str = "/rule") -> Iterator[FieldError]:
    """Of a sound rule the places of fields that whoever makes it does not see: as if there were no such field."""
    for branch in ("all", "any"):
        for index, part in enumerate(rule.get(branch, ())):
            yield from unseen(part, hidden=hidden, pointer=f"{pointer}/{branch}/{index}")
    if "not" in rule:
        yield from unseen(rule["not"], hidden=hidden, pointer=f"{pointer}/not")
    if "field" in rule and veil.is_hidden(f"/{rule['field'].replace('.', '/')}", hidden):
        yield _no_such_field(pointer)


def _no_such_field(at: str) -> FieldError:
    return FieldError(f"{at}/field", Reason("no such field; there are {known}", known=", ".join(KNOWN)))


def _of_node(node: Any, at: str, depth: int, own: OwnKinds) -> Iterator[FieldError]:
    if not isinstance(node, dict):
        yield FieldError(at, _FORM)
    elif depth > DEEPEST:
        yield FieldError(at, Reason("at most {deepest} levels", deepest=DEEPEST))
    elif (branch := next((name for name in _BRANCHES if name in node), None)) is None:
        yield from _of_condition(node, at, own)
    else:
        yield from _unknown(node, {branch}, at)
        yield from _of_branch(branch, node[branch], f"{at}/{branch}", depth, own)


def _of_branch(branch: str, parts: Any, at: str, depth: int, own: OwnKinds) -> Iterator[FieldError]:
    if branch == "not":
        yield from _of_node(parts, at, depth + 1, own)
    elif not isinstance(parts, list) or not 1 <= len(parts) <= MOST_CONDITIONS:
        yield FieldError(at, Reason("give a list of 1 to {most} conditions", most=MOST_CONDITIONS))
    else:
        for index, part in enumerate(parts):
            yield from _of_node(part, f"{at}/{index}", depth + 1, own)


def _of_condition(node: dict[str, Any], at: str, own: OwnKinds) -> Iterator[FieldError]:
    missing = [name for name in ("field", "op", "value") if name not in node]
    if len(missing) == 3:
        yield FieldError(at, _FORM)
        return
    named = node.get("field")
    yield from _unknown(node, _parts_of(named), at)
    yield from (FieldError(f"{at}/{name}", Reason("is missing")) for name in missing)
    if named == "purchases":
        yield from _of_window(node, at)
    ops = _ops_of(named, own)
    if "field" in node and not ops:
        yield _no_such_field(at)
    elif (remedy := _misnamed(named, own)) is not None:
        yield FieldError(f"{at}/field", remedy)
    elif ops and "op" in node and not (isinstance(node["op"], str) and node["op"] in ops):
        yield FieldError(f"{at}/op", Reason("this field takes {ops}", ops=", ".join(sorted(ops))))
    elif ops and not missing:
        yield from _of_value(_kind_of(str(named), own), node["op"], node["value"], f"{at}/value")


def _of_window(node: dict[str, Any], at: str) -> Iterator[FieldError]:
    checks: Mapping[str, Check] = {"product": values.folded, "within": _window, "measure": _measure}
    for name, check in checks.items():
        if name in node:
            yield from _refusal(check, node[name], f"{at}/{name}")


def _window(value: Any) -> None:
    if duration(value).most_days > bought.DAYS_KEPT:
        raise ValueRefused(
            Reason("give a span of at most {days_kept} days, or leave it out: ever", days_kept=bought.DAYS_KEPT)
        )


def _measure(value: Any) -> None:
    if not isinstance(value, str) or value not in bought.MEASURES:
        raise ValueRefused(Reason("give one of {known}", known=", ".join(bought.MEASURES)))


def _parts_of(field: Any) -> set[str]:
    return {"field", "op", "value"} | ({"product", "within", "measure"} if field == "purchases" else set())


def _ops_of(named: Any, own: OwnKinds) -> frozenset[str]:
    """The operators that a field takes; none where there is no such field."""
    if isinstance(named, str) and named in ("segment", "purchases"):
        return _OF_SEGMENT if named == "segment" else _OF_PURCHASES
    kind = _kind_of(named, own) if isinstance(named, str) else None
    return kind.ops if kind else frozenset()


def _misnamed(named: Any, own: OwnKinds) -> Reason | None:
    """What a name of the business's own has to be, if this one is none; no customer can have such a field."""
    if own and isinstance(named, str) and named.startswith("custom.") and named not in own:
        return Reason("no such field is defined; there are {known}; define it: POST /fields", known=", ".join(own))
    for prefix, form in OPEN_NAMES.items():
        if isinstance(named, str) and named.startswith(prefix) and not re.fullmatch(form, named.removeprefix(prefix)):
            return _NAMES[prefix]
    return None


def _kind_of(named: str, own: OwnKinds) -> FieldKind | None:
    if named in own:
        return own[named]
    field = field_of(named)
    return NUMBER if named == "purchases" else field.kind if field else None


def _of_value(kind: FieldKind | None, op: str, value: Any, at: str) -> Iterator[FieldError]:
    literal: Check = kind.literal if kind else values.code
    if op == "in":
        yield from _of_list(literal, value, at)
    elif op == "between":
        yield from _of_ends(literal, value, at)
    else:
        yield from _refusal(_CHECKS.get(op, literal), value, at)


def _of_list(literal: Check, value: Any, at: str) -> Iterator[FieldError]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_VALUES:
        yield FieldError(at, Reason("give a list of 1 to {most} values", most=MOST_VALUES))
    else:
        for index, one in enumerate(value):
            yield from _refusal(literal, one, f"{at}/{index}")


def _of_ends(literal: Check, value: Any, at: str) -> Iterator[FieldError]:
    if not isinstance(value, list) or len(value) != 2:
        yield FieldError(at, Reason("give the lowest and the highest value, both included: [18, 30]"))
        return
    wrong = [error for index, one in enumerate(value) for error in _refusal(literal, one, f"{at}/{index}")]
    yield from wrong or _refusal(lambda ends: values.in_order(literal, *ends), value, at)


def _exists(value: Any) -> None:
    if not isinstance(value, bool):
        raise ValueRefused(Reason("give true (is known) or false (is not known)"))


_CHECKS: Mapping[str, Check] = {
    "exists": _exists,
    "anniversary_in": yearly.period,
    "anniversary_within_next": yearly.ahead,
    **dict.fromkeys(_SPAN_OPS, duration),
}


def _refusal(check: Check, value: Any, at: str) -> Iterator[FieldError]:
    try:
        check(value)
    except ValueRefused as refused:
        yield FieldError(at, refused.reason)


def _unknown(node: dict[str, Any], known: set[str], at: str) -> Iterator[FieldError]:
    for name in node:
        if name not in known:
            place = name[:100].replace("~", "~0").replace("/", "~1")
            yield FieldError(f"{at}/{place}", Reason("is not understood here; {form}", form=_FORM))


def _conditions(node: dict[str, Any]) -> int:
    if "not" in node:
        return _conditions(node["not"])
    parts = node.get("all") or node.get("any")
    return sum(map(_conditions, parts)) if parts else 1
