"""A row with what it says in the words of its kind, and what an import was told about all rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from crm.core.author import Author
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.imports import own, problems
from crm.imports.deeds import Fault
from crm.imports.kinds import Kind
from crm.imports.models import Import
from crm.imports.problems import CORRECT_CELL
from crm.imports.reading import Mapping, Problem, Row, Translated
from crm.imports.translating import translated
from crm.imports.whom import Person
from crm.own_fields.rules import Definition

_WHO = frozenset(
    {"name", "given_name", "middle_name", "family_name", "email", "phone", "reference"}
    | {"customer_reference", "customer_email", "customer_phone"}
)


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

    def problem(self, field: str, reason: Reason, remedy: Reason) -> Problem:
        """What is wrong in a row as a whole, which the column of a field says."""
        return Problem(problems.column(self.mapping, self.kind, field), "", reason, remedy)

    def problems(self, errors: Iterable[FieldError], remedy: Reason) -> list[Problem]:
        """What other slices find wrong in what a row says."""
        return problems.of_errors(errors, self.mapping, self.kind, remedy)

    def faults(self, found: Iterable[Problem]) -> tuple[Fault, ...]:
        """What is wrong in a row as people are told it."""
        return problems.faults(found, self.headers)

    def in_order(self, found: Iterable[Fault]) -> tuple[Fault, ...]:
        """The same of what was found one after another."""
        return problems.in_order(found, self.headers)


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
    """A row that cannot be taken, and for what. `wrong`: the fields in which something is.

    `right`: the row as it would be if these were right, so that it is known what else keeps it out; None: nobody
    knows, as of a row that is torn.
    """

    line: int
    faults: tuple[Fault, ...]
    wrong: frozenset[str] = frozenset()
    right: Asked | None = None

    @property
    def names_somebody(self) -> bool:
        """Whether it is right in all by which somebody is known."""
        return self.right is not None and self.wrong.isdisjoint(_WHO)


def read(rows: Iterable[Row], told: Told) -> list[Asked | Unfit]:
    """What rows say, one for each."""
    return [_read(row, translated(row, mapping=told.mapping, kind=told.kind, today=told.today), told) for row in rows]


def looked_at(row: Asked | Unfit, check: Callable[[Asked], Iterable[Problem]], told: Told) -> Asked | Unfit:
    """The row with what a check finds in it that asks nothing of the store, beside what is wrong in it already."""
    said = row if isinstance(row, Asked) else row.right
    found = list(check(said)) if said else []
    if not found or said is None:
        return row
    before, wrong = (row.faults, row.wrong) if isinstance(row, Unfit) else ((), frozenset[str]())
    return Unfit(row.line, told.in_order(before + told.faults(found)), wrong | {one.field for one in found}, said)


def _read(row: Row, found: Translated, told: Told) -> Asked | Unfit:
    if any(problem.column is None and not problem.field for problem in found.problems):
        return Unfit(row.line, told.faults(found.problems))
    raw = found.values if not found.problems else {**dict(told.kind.stand_in), **found.values}
    values = told.kind.schema.model_validate(raw).model_dump(exclude_unset=True, exclude_none=True)
    values, of_own = _fitted(values, told)
    asked = _asked(row.line, replace(found, values=raw), values, told)
    if not (found.problems or of_own):
        return asked
    wrong = frozenset(one.field for one in (*found.problems, *of_own))
    right = replace(asked, values=own.stood_in(asked.values, wrong))
    return Unfit(row.line, told.faults([*found.problems, *of_own]), wrong, right)


def _fitted(values: dict[str, Any], told: Told) -> tuple[dict[str, Any], list[Problem]]:
    """The values with own fields as they are stored, or what is wrong in these."""
    try:
        return own.fitted(values, told.definitions), []
    except InvalidFields as refused:
        return values, told.problems(refused.fields, CORRECT_CELL)


def _asked(line: int, found: Translated, values: dict[str, Any], told: Told) -> Asked:
    about = found.about
    said_at = about.get("known_at") or str(told.option("as_of") or told.item.uploaded_at)
    said_at = Author("", at=said_at).said_at(str(told.item.uploaded_at or said_at))
    person = _about_itself(values, about) if told.kind.name == "customers" else _about_another(about)
    other = _about_another(about, "other")
    return Asked(line, values, found.values, person, about.get("reference", ""), said_at, found.empty, other)


def _about_itself(values: dict[str, Any], about: dict[str, str]) -> Person:
    reference, email, phone, name = about.get("reference", ""), values.get("email"), values.get("phone"), values["name"]
    # Who has no name in the file is called by what they can be found by; that is no name to know them by.
    named = name if name not in {reference, email, phone} else ""
    return Person(reference, email or "", phone or "", named)


def _about_another(about: dict[str, str], whom: str = "customer") -> Person:
    reference, email, phone = (about.get(f"{whom}_{name}", "") for name in ("reference", "email", "phone"))
    return Person(reference, email, phone)
