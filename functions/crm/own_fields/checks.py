"""Whether a definition makes sense by itself. Pure."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.own_fields.rules import SEARCHABLE, Definition, spellings

MOST_BYTES = 10_000
"""Of one definition: all of them are read at once."""


def require_possible(definition: Definition) -> None:
    """Raise InvalidFields with every mistake of a definition."""
    wrong = [*_of_choices(definition), *_of_search(definition), *_of_size(definition)]
    if wrong:
        raise InvalidFields("; ".join(f"{error.pointer}: {error.reason}" for error in wrong), fields=tuple(wrong))


def _of_choices(definition: Definition) -> Iterator[FieldError]:
    if definition.type != "choice" and definition.choices:
        yield FieldError(
            "/choices", Reason("a field of type {type} has none; leave them out, or type: choice", type=definition.type)
        )
    if definition.type == "choice" and not definition.choices:
        yield FieldError("/choices", Reason('give what there is to choose from: [{"value": "gold"}, …]'))
    meant: dict[str, str] = {}
    for index, choice in enumerate(definition.choices):
        for spelling in sorted(spellings(choice)):
            if not spelling:
                yield FieldError(
                    f"/choices/{index}", Reason("must have letters, digits or signs in its value and labels")
                )
            elif meant.setdefault(spelling, choice.value) != choice.value:
                reason = Reason(
                    "{spelling} means {value} already; values and labels must differ",
                    spelling=spelling,
                    value=meant[spelling],
                )
                yield FieldError(f"/choices/{index}", reason)
    values = [choice.value for choice in definition.choices]
    if len(set(values)) < len(values):
        yield FieldError("/choices", Reason("has the same value twice; take one away"))


def _of_search(definition: Definition) -> Iterator[FieldError]:
    if definition.searchable and definition.type not in SEARCHABLE:
        takes = " or ".join(sorted(SEARCHABLE))
        yield FieldError(
            "/searchable", Reason("only fields of type {takes} are searched; for others make a segment", takes=takes)
        )


def _of_size(definition: Definition) -> Iterator[FieldError]:
    if len(json.dumps(asdict(definition), ensure_ascii=False).encode()) > MOST_BYTES:
        yield FieldError(
            "/labels",
            Reason("all texts of a field take at most {most} bytes; shorten labels and help", most=MOST_BYTES),
        )
