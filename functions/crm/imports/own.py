"""The business's own fields as columns of customers' files. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from crm.core.errors import FieldError, InvalidFields
from crm.imports.kinds import Field, Type
from crm.own_fields import rules as own_rules
from crm.own_fields.rules import Definition, FieldType

_PREFIX = "custom."
_TYPES: Mapping[FieldType, Type] = {
    "text": "text",
    "link": "text",
    "number": "number",
    "money": "money",
    "date": "date",
    "yearly_date": "yearly",
    "choice": "choice",
    "yes_no": "yes_no",
}


def fields(definitions: Sequence[Definition]) -> tuple[Field, ...]:
    """A field of the kind for each definition, found by its name and by what it is called in any language."""
    return tuple(
        Field(
            f"{_PREFIX}{one.name}",
            _TYPES[one.type],
            synonyms=(one.name.replace("_", " "), *one.labels.values()),
            choices=tuple((choice.value, tuple(choice.labels.values())) for choice in one.choices),
        )
        for one in definitions
    )


def fitted(values: dict[str, Any], definitions: Sequence[Definition]) -> dict[str, Any]:
    """A row's values with its own fields in the form they are stored in, so that they compare. Raises InvalidFields."""
    custom = values.get("custom")
    return {**values, "custom": own_rules.fitted(custom, definitions, stored={})} if custom else values


def stood_in(values: dict[str, Any], wrong: Collection[str]) -> dict[str, Any]:
    """The values with something in the place of own fields that are wrong: they are not missing."""
    names = [name.removeprefix(_PREFIX) for name in wrong if name.startswith(_PREFIX)]
    return {**values, "custom": {**(values.get("custom") or {}), **dict.fromkeys(names, "?")}} if names else values


def missing(values: Mapping[str, Any], definitions: Sequence[Definition]) -> tuple[FieldError, ...]:
    """Which required own fields a customer to be made lacks."""
    try:
        own_rules.require_whole(values.get("custom"), definitions, stored=None)
    except InvalidFields as wrong:
        return wrong.fields
    return ()
