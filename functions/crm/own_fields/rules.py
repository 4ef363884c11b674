"""What a business's fields are, and which values of a customer's `custom` they take. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from crm.changes import rules as change_rules
from crm.core import text
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.core.veil import is_hidden
from crm.own_fields import values
from crm.own_fields.values import ValueRefused

FieldType = Literal["text", "number", "money", "date", "yearly_date", "choice", "yes_no", "link"]
SEARCHABLE: frozenset[FieldType] = frozenset({"text", "link"})
Labels: TypeAlias = Mapping[str, str]
"""By language: how it is called there."""
# Whoever reads no English still reads it before a name that a program made.
_LAST_LANGUAGE = "en"


@dataclass(frozen=True)
class Choice:
    """One of the values to choose from."""

    value: str
    labels: Labels


@dataclass(frozen=True)
class Definition:
    """One field of the business's own."""

    name: str
    type: FieldType
    labels: Labels
    help: Labels
    choices: tuple[Choice, ...] = ()
    required: bool = False
    searchable: bool = False
    order: int = 0
    visible_to: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """How the field is called in a language, or in the one nearest to it."""
        return in_language(self.labels, language) or self.name

    def take(self, value: Any) -> Any:
        """A value of this field in its normal form. Raises ValueRefused."""
        if self.type == "choice":
            return self._chosen(value)
        return _TAKES[self.type](value)

    def _chosen(self, value: Any) -> str:
        wanted = text.loose_key(value) if isinstance(value, str) else None
        for choice in self.choices:
            if wanted in spellings(choice):
                return choice.value
        raise ValueRefused(
            Reason("must be one of {expected}", expected=", ".join(choice.value for choice in self.choices))
        )


_TAKES: Mapping[FieldType, Callable[[Any], Any]] = {
    "text": values.line_or_lines,
    "number": values.number,
    "money": values.money,
    "date": values.full_date,
    "yearly_date": values.calendar_date,
    "yes_no": values.yes_or_no,
    "link": values.link,
}


def spellings(choice: Choice) -> set[str]:
    """The folded texts that mean a choice: its value, and what it is called in any language."""
    return {text.loose_key(one) for one in (choice.value, *choice.labels.values())}


def in_language(labels: Labels, language: str) -> str | None:
    """The label in a language, in its base language, in English, or in whatever there is."""
    base = language.partition("-")[0]
    wanted = (language, base, _LAST_LANGUAGE)
    return next((labels[one] for one in wanted if one in labels), None) or next(iter(labels.values()), None)


def ordered(definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """As forms show them: by their order, then by name."""
    return tuple(sorted(definitions, key=lambda one: (one.order, one.name)))


def fitted(
    given: Mapping[str, Any],
    definitions: Sequence[Definition],
    *,
    stored: Mapping[str, Any],
    hidden: Collection[str] = (),
) -> dict[str, Any]:
    """The values in their normal forms. Raises InvalidFields with every mistake, naming no `hidden` field.

    What is stored already passes as it is, and may be emptied, whatever the fields say now. While no field is defined,
    every name is free.
    """
    if not definitions:
        return {**given}
    known = {definition.name: definition for definition in definitions}
    shown = [name for name in known if not is_hidden(f"/custom/{name}", hidden)]
    found, wrong = dict[str, Any](), list[FieldError]()
    for name, value in given.items():
        try:
            found[name] = _fitted(value, known.get(name), stored.get(name), known=shown)
        except ValueRefused as refused:
            wrong.append(FieldError(change_rules.pointer("custom", name), refused.reason))
    _refuse(wrong)
    return found


def require_whole(
    custom: Mapping[str, Any] | None, definitions: Sequence[Definition], *, stored: Mapping[str, Any] | None
) -> None:
    """Raise InvalidFields where what is required is missing from a new record (`stored` None), or is emptied."""
    wrong = [
        FieldError(
            change_rules.pointer("custom", one.name), Reason("is required ({what}); send a value", what=one.label("en"))
        )
        for one in definitions
        if one.required and _is_missing(one.name, custom, stored)
    ]
    _refuse(wrong)


def _is_missing(name: str, custom: Mapping[str, Any] | None, stored: Mapping[str, Any] | None) -> bool:
    if stored is None:
        return (custom or {}).get(name) is None
    emptied = custom is None or (name in custom and custom[name] is None)
    return emptied and stored.get(name) is not None


def _fitted(value: Any, definition: Definition | None, stored: Any, *, known: Sequence[str]) -> Any:
    if value is None or (stored is not None and change_rules.same(value, stored)):
        return value
    if definition is None:
        raise ValueRefused(
            Reason(
                "no field is defined by this name; there are {known}; define it: POST /fields", known=", ".join(known)
            )
        )
    return definition.take(value)


def _refuse(wrong: Sequence[FieldError]) -> None:
    if wrong:
        raise InvalidFields.of(wrong)
