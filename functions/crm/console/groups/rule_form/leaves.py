"""A condition of a rule as inputs of the form, and back. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.console.groups.rule_form import shapes
from crm.console.groups.rule_form.shapes import FLAGS, KNOWN, PERIODS, PURCHASES, UNITS
from crm.core import text
from crm.core.reason import BadValue, Reason
from crm.criteria import values
from crm.criteria.own import OwnKinds
from crm.criteria.values import ValueRefused

_SPAN = re.compile(r"P([0-9]{1,6})([DWMY])")
_WHOLE = re.compile(r"[0-9]{1,6}")
GIVE_A_VALUE = Reason("Give a value.")
GIVE_A_NUMBER = Reason("Give a number, such as 100 or 99.50.")
GIVE_BOTH = Reason("Give both, the lowest and the highest.")
GIVE_A_SPAN = Reason("Give a whole number of days, weeks, months or years.")
CHOOSE_ONE = Reason("Choose at least one.")


class NotFilledIn(BadValue):
    """What a condition lacks."""


@dataclass(frozen=True)
class Condition:
    """The inputs of one condition, as they are typed. `high`: the upper end; `unit`: of a span, D, W, M or Y.

    `product`, `within` with its `span`, and `measure` belong to purchases.
    """

    field: str
    op: str
    given: tuple[str, ...] = ()
    high: str = ""
    unit: str = "D"
    product: str = ""
    within: str = ""
    span: str = "D"
    measure: str = "count"

    @property
    def first(self) -> str:
        return self.given[0] if self.given else ""


def of(leaf: Mapping[str, Any], own: OwnKinds) -> Condition | None:
    """The inputs that a condition of a sound rule comes from; None where none give exactly this one."""
    try:
        found = _read(leaf, own)
        return found if _same(rule(found, own), leaf) else None
    except (NotFilledIn, KeyError, TypeError, ValueError):
        return None


def _read(leaf: Mapping[str, Any], own: OwnKinds) -> Condition:
    field, op, value = str(leaf["field"]), str(leaf["op"]), leaf["value"]
    window = {"product": leaf.get("product", ""), "measure": leaf.get("measure", "count")}
    if "within" in leaf:
        window["within"], window["span"] = _span(leaf["within"])
    if op == "exists":
        return Condition(field, "known" if value else "unknown")
    if isinstance(value, bool):
        return Condition(field, next(one for one, flag in FLAGS.items() if flag == (op, value)))
    shape = shapes.shape(field, op, own)
    if shape == "span":
        number, unit = _span(value)
        return Condition(field, op, (number,), unit=unit)
    if shape == "ends":
        low, high = map(_typed, value)
        return Condition(field, op, (low,), high=high, **window)
    return Condition(field, op, tuple(map(_typed, value)) if op == "in" else (_typed(value),), **window)


def rule(condition: Condition, own: OwnKinds) -> dict[str, Any]:
    """The condition of a rule. Raises NotFilledIn."""
    field, op = condition.field, condition.op
    made: dict[str, Any] = {"field": field, "op": op}
    if op in KNOWN:
        return {**made, "op": "exists", "value": KNOWN[op]}
    if op in FLAGS:
        of_rule, value = FLAGS[op]
        return {**made, "op": of_rule, "value": value}
    made["value"] = _value(condition, own)
    return {**made, **_window(condition)} if field == PURCHASES else made


def _value(condition: Condition, own: OwnKinds) -> Any:
    shape = shapes.shape(condition.field, condition.op, own)
    is_number = condition.field == PURCHASES or getattr(shapes.kind_of(condition.field, own), "name", "") == "number"
    given = [one for one in (text_.strip() for text_ in condition.given) if one]
    if shape == "span":
        return _span_of(condition.first, condition.unit)
    if shape in {"lines", "several"}:
        if not given:
            raise NotFilledIn(CHOOSE_ONE if shape == "several" else GIVE_A_VALUE)
        return [_number(one) for one in given] if is_number else given
    if not given:
        raise NotFilledIn(GIVE_A_NUMBER if is_number else GIVE_A_VALUE)
    if shape == "ends":
        if not condition.high.strip():
            raise NotFilledIn(GIVE_BOTH)
        ends = [given[0], condition.high.strip()]
        return [_number(one) for one in ends] if is_number else ends
    if shape == "period":
        return int(given[0]) if given[0].isdecimal() and given[0] in PERIODS else given[0]
    return _number(given[0]) if is_number else given[0]


def _window(condition: Condition) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if condition.product.strip():
        made["product"] = condition.product.strip()
    if condition.within.strip():
        made["within"] = _span_of(condition.within, condition.span)
    if condition.measure != "count":
        made["measure"] = condition.measure
    return made


def _number(typed: str) -> str:
    plain = text.ascii_digits(typed).strip()
    try:
        values.number(plain)
    except ValueRefused as refused:
        raise NotFilledIn(GIVE_A_NUMBER) from refused
    return plain


def _span_of(number: str, unit: str) -> str:
    plain = text.ascii_digits(number).strip()
    if not _WHOLE.fullmatch(plain) or not int(plain) or unit not in UNITS:
        raise NotFilledIn(GIVE_A_SPAN)
    return f"P{int(plain)}{unit}"


def _span(value: Any) -> tuple[str, str]:
    found = _SPAN.fullmatch(str(value))
    if found is None:
        raise ValueError("a span of several units")
    return str(int(found[1])), found[2]


def _typed(value: Any) -> str:
    if isinstance(value, float):
        return format(values.number(value), "f")
    return str(value)


def _same(made: Mapping[str, Any], leaf: Mapping[str, Any]) -> bool:
    """Whether two conditions ask the same; a number may be written in several ways."""
    return _plain({"measure": "count", **made}) == _plain({"measure": "count", **leaf})


def _plain(leaf: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _written(value) for name, value in leaf.items()}


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(one) for one in value]
    if isinstance(value, bool):
        return value
    try:
        return values.number(value).normalize()
    except ValueRefused:
        return value
