"""Where something wrong in a row lies: in which field, which column says it, and how that is told."""

from collections.abc import Iterable, Sequence

from crm.core import named
from crm.core.errors import FieldError
from crm.core.reason import Reason
from crm.imports.deeds import Fault
from crm.imports.kinds import Kind
from crm.imports.reading import Mapping, Problem

CORRECT_CELL = Reason("correct the cell")


def at(path: Sequence[str], mapping: Mapping, kind: Kind) -> tuple[int | None, str]:
    """The column that a place in a record comes from, and its field; what no column says has none."""
    # What stands in a list, as a purchase's product does, is called by its own name.
    names = [".".join(path[:2]), *path[:1], *path[2:][-1:]]
    field = next((name for name in names if kind.field(name)), ".".join(path))
    return column(mapping, kind, field), field


def column(mapping: Mapping, kind: Kind, field: str) -> int | None:
    """The first column that says a field, or a part of it."""
    parts = {field, *(one.name for one in kind.fields if one.part_of == field)}
    return next((index for index, use in enumerate(mapping.columns) if use.field in parts), None)


def of_errors(errors: Iterable[FieldError], mapping: Mapping, kind: Kind, remedy: Reason) -> list[Problem]:
    """What other slices find wrong in a record, as problems of the row that it comes from."""
    placed = [(at(one.pointer.strip("/").split("/"), mapping, kind), one.reason) for one in errors]
    return [Problem(index, field, reason, remedy) for (index, field), reason in placed]


def faults(problems: Iterable[Problem], headers: Sequence[str]) -> tuple[Fault, ...]:
    """Problems as they are told: the column by its header, the field by its name."""
    return in_order((_fault(one, headers) for one in problems), headers)


def in_order(found: Iterable[Fault], headers: Sequence[str]) -> tuple[Fault, ...]:
    """What is wrong in a row, each thing once, in the order of the columns; what no column says comes last."""
    place = {_called(index, headers): index for index in reversed(range(len(headers)))}
    return tuple(sorted(dict.fromkeys(found), key=lambda one: place.get(one.column, len(headers))))


def _fault(one: Problem, headers: Sequence[str]) -> Fault:
    header = _called(one.column, headers) if one.column is not None and one.column < len(headers) else ""
    reason = Reason("{field}: {why}", field=named.field(one.field), why=one.reason) if one.field else one.reason
    return Fault(header, reason, one.remedy)


def _called(index: int, headers: Sequence[str]) -> str:
    """The header of a column; one without is called by its letter, as spreadsheets do in every language."""
    letters, left = "", index + 1
    while left:
        left, place = divmod(left - 1, 26)
        letters = chr(ord("A") + place) + letters
    return headers[index] or letters
