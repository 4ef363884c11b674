"""The business's own fields as columns of customers' files. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.imports.kinds import Field, Type
from crm.own_fields import rules as own_rules
from crm.own_fields.rules import Definition, FieldType

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
            f"custom.{one.name}",
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


def missing(values: Mapping[str, Any], definitions: Sequence[Definition]) -> Reason | None:
    """Which required own fields a customer to be made lacks, in words; None: none."""
    try:
        own_rules.require_whole(values.get("custom"), definitions, stored=None)
    except InvalidFields as wrong:
        return wrong.reason
    return None
