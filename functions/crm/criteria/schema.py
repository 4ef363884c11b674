"""The rule language as a JSON Schema (2020-12), for editors and for programs that make rules.

What `problems` takes, the schema takes. It cannot say that a date must be one of the calendar, that the lower end comes
first, how deep and how long a rule may be in all, how long a span, nor which groups there are.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from crm.core import veil
from crm.criteria import bought, checking
from crm.criteria import own as own_fields
from crm.criteria.fields import FIELDS, FUTURE, OPEN, OPEN_NAMES, ORDER, PARTS, PAST, SAME, YEARLY, FieldKind
from crm.criteria.own import FREE, OwnKinds

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_RULE: Schema = {"$ref": "#/$defs/rule"}
_SPAN = r"^P(?=[0-9WYMD]*[1-9])(?:[0-9]{1,5}W|(?=[0-9])(?:[0-9]{1,4}Y)?(?:[0-9]{1,5}M)?(?:[0-9]{1,6}D)?)$"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NUMBER = r"^\s*[+-]?\d{1,30}(\.\d{1,8})?\s*$"
_LARGEST = 10**30
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S"}
_NUMERIC: Schema = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": -_LARGEST, "exclusiveMaximum": _LARGEST},
        {"type": "string", "pattern": _NUMBER},
    ]
}
_LITERALS: dict[str, Schema] = {
    "text": _TEXT,
    "code": _TEXT,
    "texts": _TEXT,
    "codes": _TEXT,
    "number": _NUMERIC,
    "flag": {"type": "boolean"},
    "instant": {
        "type": "string",
        "pattern": rf"^{_DAY}([T ].+([Zz]|[+-][0-9:]+))?$",
        "description": "A whole day at the business, or an instant with its offset.",
    },
    "date": {
        "type": "string",
        "pattern": rf"^({_DAY}|--[0-9]{{2}}-[0-9]{{2}})$",
        "description": "A date of the calendar, or a day of every year: --05-17.",
    },
    "own": {
        "anyOf": [
            _TEXT,
            {"type": "number", "exclusiveMinimum": -_LARGEST, "exclusiveMaximum": _LARGEST},
            {"type": "boolean"},
        ]
    },
}
_SINGLE = (SAME | ORDER | PARTS) - {"in", "between", "exists"}


def document(own: OwnKinds = FREE, *, hidden: Collection[str] = ()) -> Schema:
    """The schema of a rule. Once fields are defined (`own`), each stands there with what it takes, and no other.

    Fields (JSON pointers) in `hidden` do not stand there.
    """

    def is_seen(name: str) -> bool:
        return not veil.is_hidden(f"/{name.rstrip('.').replace('.', '/')}", hidden)

    open_ = {prefix: kind for prefix, kind in OPEN.items() if is_seen(prefix) and not (own and prefix == "custom.")}
    fields = {name: field.kind for name, field in FIELDS.items() if is_seen(name)}
    kinds = {kind.name: kind for kind in [*fields.values(), *open_.values()]}
    defined = [one for name in filter(is_seen, own) for one in _defined(name, own[name])]
    conditions = [*_conditions(kinds.values(), fields, open_), *defined]
    return {
        "$schema": DIALECT,
        "title": "Rule",
        "description": f"Who is in a group; at most {checking.MOST_CONDITIONS} conditions, {checking.DEEPEST} levels.",
        **_RULE,
        "$defs": {
            "rule": {"anyOf": [*map(_branch, ("all", "any")), _object({"not": _RULE}), *conditions]},
            "span": {"type": "string", "pattern": _SPAN, "description": "ISO 8601, in whole days: P90D, P2W, P3M, P1Y"},
            **{name: literal for name, literal in _LITERALS.items() if name in kinds},
        },
    }


def _branch(name: str) -> Schema:
    return _object({name: {"type": "array", "items": _RULE, "minItems": 1, "maxItems": checking.MOST_CONDITIONS}})


def _defined(name: str, kind: FieldKind) -> list[Schema]:
    chosen = own_fields.choices(kind)
    return _comparisons({"const": name}, kind.ops, {"enum": chosen} if chosen else _ref(kind.name))


def _conditions(
    kinds: Iterable[FieldKind], fields: Mapping[str, FieldKind], open_: Mapping[str, FieldKind]
) -> list[Schema]:
    found = [condition for kind in kinds for condition in _of_kind(kind, fields, open_)]
    segment = {"const": "segment"}
    found += [
        _condition(segment, ["eq", "ne"], _ref("code")),
        _condition(segment, ["in"], _several(_ref("code"))),
    ]
    window = {
        "product": _TEXT,
        "within": _ref("span"),
        "measure": {"enum": list(bought.MEASURES)},
    }
    purchases = {"const": "purchases"}
    return [*found, *_comparisons(purchases, ORDER | {"eq", "ne", "in"}, _ref("number"), optional=window)]


def _of_kind(kind: FieldKind, fields: Mapping[str, FieldKind], open_kinds: Mapping[str, FieldKind]) -> list[Schema]:
    names = [name for name, own in fields.items() if own is kind]
    open_ = [prefix.replace(".", r"\.") + OPEN_NAMES[prefix] for prefix, own in open_kinds.items() if own is kind]
    choices: list[Schema] = [{"enum": names}] if names else []
    choices += [{"type": "string", "pattern": f"^{name}$"} for name in open_]
    field = choices[0] if len(choices) == 1 else {"anyOf": choices}
    literal = _ref(kind.name)
    return _comparisons(field, kind.ops, literal)


def _comparisons(
    field: Schema, ops: frozenset[str], literal: Schema, *, optional: Schema | None = None
) -> list[Schema]:
    """The conditions on a field, one for each form of its value."""
    ends = literal if literal != _ref("own") else {"anyOf": [_TEXT, {"type": "number"}]}
    forms: list[tuple[frozenset[str], Schema]] = [
        (_SINGLE, literal),
        (frozenset({"in"}), _several(literal)),
        (frozenset({"between"}), {"type": "array", "items": ends, "minItems": 2, "maxItems": 2}),
        (frozenset({"exists"}), {"type": "boolean"}),
        (PAST | FUTURE | YEARLY - {"anniversary_in"}, _ref("span")),
        (frozenset({"anniversary_in"}), {"enum": ["day", "week", "month", *range(1, 13)]}),
    ]
    return [_condition(field, sorted(ops & of), value, optional) for of, value in forms if ops & of]


def _condition(field: Schema, ops: list[str], value: Schema, optional: Schema | None = None) -> Schema:
    return _object({"field": field, "op": {"enum": ops}, "value": value}, optional or {})


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _several(literal: Schema) -> Schema:
    return {"type": "array", "items": literal, "minItems": 1, "maxItems": checking.MOST_VALUES}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
