"""What a page asks about a file, and what its form answers. Pure.

A column is asked about once, whether the import is sure of it or not: so what was guessed wrong can be put right.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.imports.kinds import Kind
from crm.imports.schemas import Choice, ImportDocument

OTHER = "~"
"""Behind a pointer: the name of the field for an answer that is none of the choices."""
_OF_COLUMN = re.compile(r"/mapping/columns/(\d+)/(field|dates|century|numbers)")
_OF_FIELD = re.compile(r"/mapping/fields/([a-z_]+)")


@dataclass(frozen=True)
class Column:
    """A column of the file: some of its cells, and the field that it was taken for; "" is none."""

    pointer: str
    header: str
    samples: tuple[str, ...]
    chosen: str
    is_asked: bool


@dataclass(frozen=True)
class Question:
    """What else is asked. `about`: `dates`, `encoding` … or `which`, the column of the field `field`."""

    pointer: str
    about: str
    asks: str
    choices: tuple[Choice, ...]
    guess: str
    is_open: bool
    header: str = ""
    field: str = ""


def columns(document: ImportDocument) -> list[Column]:
    """The columns with what they are taken for by now."""
    asked = {one.pointer: one for one in document.questions}
    chosen = {
        number: name
        for pointer, number in document.answers.items()
        if (name := _named(_OF_FIELD, pointer)) and number.isdecimal()
    }
    found = []
    for place, one in enumerate(document.columns):
        pointer = f"/mapping/columns/{place}/field"
        field = chosen.get(str(place)) or document.answers.get(pointer, str(one.field.value))
        found.append(Column(pointer, one.header, tuple(one.samples), field, pointer in asked))
    return found


def questions(document: ImportDocument) -> list[Question]:
    """What is asked beside what columns hold."""
    found = []
    for one in document.questions:
        of_column, of_field = _OF_COLUMN.fullmatch(one.pointer), _OF_FIELD.fullmatch(one.pointer)
        if of_column and of_column[2] == "field":
            continue
        about = of_column[2] if of_column else "which" if of_field else one.pointer.rpartition("/")[2]
        header = document.columns[int(of_column[1])].header if of_column else ""
        field = of_field[1] if of_field else ""
        choices = tuple(one.choices)
        found.append(Question(one.pointer, about, one.asks, choices, one.guess or "", one.is_open, header, field))
    return found


def fields(kind: Kind, shown: Iterable[Column]) -> list[str]:
    """What a column can hold; those of the business's own that a file names by itself stand at the end."""
    known = [one.name for one in kind.fields]
    return [*known, *(one.chosen for one in shown if one.chosen and one.chosen not in known)]


def answers(document: ImportDocument, kind: Kind, form: Mapping[str, str]) -> dict[str, str]:
    """What the form answers that was asked, or is another than was taken. Raises InvalidFields."""
    given: dict[str, str] = {}
    taken: dict[str, str] = {}
    for one in columns(document):
        said = form.get(one.pointer, one.chosen)
        if said and taken.setdefault(said, one.pointer) != one.pointer:
            raise InvalidFields(
                "two columns", fields=(FieldError(one.pointer, Reason("another column holds this already")),)
            )
        if said != one.chosen or (one.is_asked and one.pointer in form):
            if said and kind.field(said) is None:
                raise InvalidFields("no field", fields=(FieldError(one.pointer, Reason("choose one of the list")),))
            given[one.pointer] = said
    for asked in questions(document):
        if asked.field and asked.field in taken:
            # Its column was chosen above.
            continue
        other = form.get(asked.pointer + OTHER, "").strip() if asked.is_open else ""
        if other or asked.pointer in form:
            given[asked.pointer] = other or form[asked.pointer]
    return given


def _named(pattern: re.Pattern[str], pointer: str) -> str:
    found = pattern.fullmatch(pointer)
    return found[1] if found else ""
