"""What a condition about a field is made of in the form: its operators, and the inputs that each needs. Pure.

Beside those of rules the form has operators without a value: `known` and `unknown` for `exists`, `yes`, `no`, `not_yes`
and `not_no` for flags.
"""

from collections.abc import Mapping
from typing import Literal

from crm.criteria.fields import FLAG, FUTURE, NUMBER, ORDER, PAST, YEARLY, FieldKind, field_of
from crm.criteria.own import OwnKinds

Shape = Literal["none", "text", "number", "day", "lines", "ends", "span", "period", "one", "several"]
SEGMENT, PURCHASES = "segment", "purchases"
KNOWN: Mapping[str, bool] = {"known": True, "unknown": False}
FLAGS: Mapping[str, tuple[str, bool]] = {
    "yes": ("eq", True),
    "no": ("eq", False),
    "not_yes": ("ne", True),
    "not_no": ("ne", False),
}
UNITS = ("D", "W", "M", "Y")
PERIODS = ("day", "week", "month", *map(str, range(1, 13)))
_SPANS = PAST | FUTURE | (YEARLY - {"anniversary_in"})
_BY_OP: Mapping[str, Shape] = {
    **dict.fromkeys((*KNOWN, *FLAGS), "none"),
    **dict.fromkeys(_SPANS, "span"),
    "anniversary_in": "period",
    "between": "ends",
}
_NUMBERS = ("ge", "le", "gt", "lt", "eq", "ne", "between", "in")
# What is asked most stands first.
_ORDER = (
    *("contains", "within_last", "older_than", "within_next", "anniversary_within_next", "anniversary_in"),
    *_NUMBERS,
    "starts_with",
)
_OF_TEXT = ("eq", "ne", "contains", "starts_with", "in")
_CHOSEN = frozenset({"kind", "language"})


def kind_of(field: str, own: OwnKinds) -> FieldKind | None:
    """The kind of a field of customers; None for other groups, for purchases, and for what there is not."""
    if field in own:
        return own[field]
    found = field_of(field)
    return found.kind if found else None


def ops(field: str, own: OwnKinds) -> list[str]:
    """The operators that a field takes in the form, in the order of the form; empty where there is no such field."""
    if field == SEGMENT:
        return ["eq", "ne", "in"]
    if field == PURCHASES:
        return list(_NUMBERS)
    kind = kind_of(field, own)
    if kind is None:
        return []
    found = kind.ops
    if kind is FLAG:
        return [*FLAGS, *KNOWN]
    order = _ORDER if found & ORDER or "contains" not in found or "eq" not in found else _OF_TEXT
    return [one for one in order if one in found] + (list(KNOWN) if "exists" in found else [])


def shape(field: str, op: str, own: OwnKinds) -> Shape:
    """What is asked for beside an operator."""
    kind = kind_of(field, own)
    if op in _BY_OP:
        return _BY_OP[op]
    if field == SEGMENT or field in _CHOSEN or (kind and kind.name == "choice"):
        return _of_choices(op)
    if op == "in":
        return "lines"
    if field == PURCHASES or kind is NUMBER:
        return "number"
    return "day" if kind and kind.name in {"date", "instant"} else "text"


def _of_choices(op: str) -> Shape:
    if op == "in":
        return "several"
    return "one" if op in {"eq", "ne"} else "text"
