"""A row with what it says in the words of its kind, and what an import was told about all rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.core import named
from crm.core.author import Author
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason, all_of
from crm.imports import own
from crm.imports.kinds import Kind
from crm.imports.models import Import
from crm.imports.reading import Mapping, Problem, Row, Translated
from crm.imports.translating import translated
from crm.imports.whom import Person
from crm.own_fields.rules import Definition


@dataclass(frozen=True)
class Told:
    """What holds for all rows of an import. `is_forgotten`: whether a person at an address asked to be forgotten.

    `definitions`: the fields of the business's own. `is_member`: whether somebody of this id works here.
    """

    item: Import
    kind: Kind
    mapping: Mapping
    headers: tuple[str, ...]
    today: date
    is_forgotten: Callable[[str], bool] = lambda _: False
    definitions: tuple[Definition, ...] = ()
    is_member: Callable[[str], bool] = lambda _: True

    def option(self, name: str) -> Any:
        """What was chosen when the import was made; None: nothing."""
        return self.item.options.get(name)


@dataclass(frozen=True)
class Asked:
    """A row that can be taken: its values as its schema has them, and as JSON; whom it is about; since when.

    `other`: whom it relates them to.
    """

    line: int
    values: dict[str, Any]
    raw: dict[str, Any]
    person: Person
    reference: str
    said_at: str
    empty: tuple[str, ...] = ()
    other: Person | None = None


@dataclass(frozen=True)
class Unfit:
    """A row that cannot be taken."""

    line: int
    column: str
    reason: Reason
    remedy: Reason


def read(rows: Iterable[Row], told: Told) -> list[Asked | Unfit]:
    """What rows say, one for each."""
    return [_read(row, translated(row, mapping=told.mapping, kind=told.kind, today=told.today), told) for row in rows]


def _read(row: Row, found: Translated, told: Told) -> Asked | Unfit:
    if found.problems:
        return _unfit(row.line, found.problems, told)
    values = told.kind.schema.model_validate(found.values).model_dump(exclude_unset=True, exclude_none=True)
    try:
        values = own.fitted(values, told.definitions)
    except InvalidFields as wrong:
        return _unfit(row.line, [_of_own(error, told) for error in wrong.fields], told)
    about = found.about
    said_at = about.get("known_at") or str(told.option("as_of") or told.item.uploaded_at)
    said_at = Author("", at=said_at).said_at(str(told.item.uploaded_at or said_at))
    person = _about_itself(values, about) if told.kind.name == "customers" else _about_another(about)
    other = _about_another(about, "other")
    return Asked(row.line, values, found.values, person, about.get("reference", ""), said_at, found.empty, other)


def _unfit(line: int, problems: Sequence[Problem], told: Told) -> Unfit:
    first = problems[0]
    reason = all_of(_worded(problem.field, problem.reason) for problem in problems)
    column = told.headers[first.column] if first.column is not None and first.column < len(told.headers) else ""
    remedy = all_of(problem.remedy for problem in problems if problem.remedy)
    return Unfit(line, column, reason, remedy)


def _of_own(error: FieldError, told: Told) -> Problem:
    name = error.pointer.removeprefix("/").replace("/", ".")
    column = next((i for i, use in enumerate(told.mapping.columns) if use.field == name), None)
    return Problem(column, name, error.reason, Reason("correct the cell"))


def _about_itself(values: dict[str, Any], about: dict[str, str]) -> Person:
    reference, email, phone, name = about.get("reference", ""), values.get("email"), values.get("phone"), values["name"]
    # Who has no name in the file is called by what they can be found by; that is no name to know them by.
    named = name if name not in {reference, email, phone} else ""
    return Person(reference, email or "", phone or "", named)


def _about_another(about: dict[str, str], whom: str = "customer") -> Person:
    reference, email, phone = (about.get(f"{whom}_{name}", "") for name in ("reference", "email", "phone"))
    return Person(reference, email, phone)


def _worded(field: str, reason: Reason) -> Reason:
    return Reason("{field}: {why}", field=named.field(field), why=reason) if field else reason
