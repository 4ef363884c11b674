"""The business's own fields as columns of customers' files. Pure."""

from collections.abc import Mapping, Sequence

from crm.core.errors import InvalidFields
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


def refusal(values: Mapping[str, object], definitions: Sequence[Definition], *, is_new: bool = False) -> str | None:
    """Why the own fields of a row are not taken; None where they are. `is_new`: of a customer to be made."""
    custom = values.get("custom")
    known = custom if isinstance(custom, Mapping) else {}
    try:
        own_rules.fitted(known, definitions, stored={})
        if is_new:
            own_rules.require_whole(known, definitions, stored=None)
    except InvalidFields as wrong:
        return wrong.detail
    return None
