"""The business's own fields in rules: what each takes, by its definition. Pure.

A definition holds a rule to what makes sense for the field; it is compared by what a profile holds
(comparing.own_test), so values from before the definition are compared as they are.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from crm.core.reason import Reason
from crm.criteria import comparing
from crm.criteria.fields import DAY, FLAG, NUMBER, SAME, TEXT, FieldKind
from crm.criteria.values import ValueRefused
from crm.own_fields.rules import Definition, FieldType

OwnKinds: TypeAlias = Mapping[str, FieldKind]
"""By the field's name in rules, `custom.<name>`: what it takes."""
FREE: OwnKinds = {}
"""While nothing is defined: every name, compared with anything."""
_KINDS: Mapping[FieldType, FieldKind] = {
    "text": TEXT,
    "link": TEXT,
    "number": NUMBER,
    "money": NUMBER,
    "date": DAY,
    "yearly_date": DAY,
    "yes_no": FLAG,
}


def kinds(definitions: Sequence[Definition]) -> OwnKinds:
    """What rules may ask of the fields that are defined."""
    return {f"custom.{one.name}": _KINDS.get(one.type) or _choice(one) for one in definitions}


def choices(kind: FieldKind) -> list[str]:
    """The values to choose from; none for fields of other types."""
    literal = kind.literal
    return list(literal.args[0]) if isinstance(literal, partial) else []


def _choice(definition: Definition) -> FieldKind:
    known = tuple(choice.value for choice in definition.choices)
    return FieldKind("choice", SAME, partial(_chosen, known), comparing.own_test)


def _chosen(known: tuple[str, ...], value: Any) -> str:
    if value not in known:
        raise ValueRefused(Reason("give one of {known}", known=", ".join(known)))
    return str(value)
