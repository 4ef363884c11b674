"""A row in the words of its kind: each cell as the type of its field has it, or the reason why not, and the remedy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from crm.core import invalid
from crm.core.reason import Reason
from crm.imports import cells
from crm.imports.cells import Refused
from crm.imports.kinds import Field, Kind
from crm.imports.reading import Mapping, Problem, Row, Translated

_JOINED = {"name": " ", "address": ", "}


@dataclass(frozen=True)
class _Use:
    index: int
    field: Field
    read: Callable[[str], Any]


def translated(row: Row, *, mapping: Mapping, kind: Kind, today: date) -> Translated:
    """The row as the kind's schema takes it, with all that is wrong with it. Never raises.

    An empty cell is no value. A row with problems is to be refused as a whole; its values are those that are right.
    """
    if row.problems:
        return Translated({}, problems=row.problems)
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    empty: list[str] = []
    for use in _uses(mapping, kind, today):
        cell = row.cells[use.index]
        if not cell:
            empty.append(use.field.name)
            continue
        try:
            values[use.field.name] = use.read(cell)
        except Refused as refused:
            problems.append(Problem(use.index, use.field.name, refused.reason, refused.remedy))
    return _whole(values, tuple(problems), tuple(empty), mapping, kind)


def _whole(
    values: dict[str, Any], problems: tuple[Problem, ...], empty: tuple[str, ...], mapping: Mapping, kind: Kind
) -> Translated:
    about = {
        name: str(values.pop(name)) for name in [field.name for field in kind.fields if field.about] if name in values
    }
    values = {name: value for name, value in _shaped(values, about, kind).items() if value is not None}
    if not problems:
        problems = tuple(_refused_by_schema(values, mapping, kind))
    return Translated(values, about, problems, empty)


def _shaped(values: dict[str, Any], about: dict[str, str], kind: Kind) -> dict[str, Any]:
    """Parts joined, names with dots nested, and what kinds need that no column says."""
    shaped: dict[str, Any] = {}
    for field in kind.fields:
        if field.name not in values:
            continue
        value = values[field.name]
        if field.part_of:
            if field.part_of not in values:
                joined = (shaped.get(field.part_of), value)
                shaped[field.part_of] = _JOINED.get(field.part_of, " ").join(filter(None, joined))
            continue
        noun, _, key = field.name.partition(".")
        if key:
            shaped.setdefault(noun, {})[key] = value
        else:
            shaped[noun] = value
    for name in values.keys() - {field.name for field in kind.fields}:
        noun, _, key = name.partition(".")
        shaped.setdefault(noun, {})[key] = values[name]
    return kind.complete(shaped, about) if kind.complete else shaped


def _refused_by_schema(values: dict[str, Any], mapping: Mapping, kind: Kind) -> list[Problem]:
    try:
        kind.schema.model_validate(values)
    except ValidationError as bad:
        return [_problem(error, mapping, kind) for error in bad.errors(include_url=False, include_input=False)]
    return []


def _problem(error: Any, mapping: Mapping, kind: Kind) -> Problem:
    names = [str(part) for part in error["loc"]]
    dotted = next((".".join(names[:n]) for n in (2, 1) if kind.field(".".join(names[:n]))), names[0] if names else "")
    parts = {dotted, *(field.name for field in kind.fields if field.part_of == dotted)}
    column = next((i for i, use in enumerate(mapping.columns) if use.field in parts), None)
    reason = Reason("is missing") if error["type"] == "missing" else invalid.said(error)
    return Problem(
        column, dotted, reason, Reason("fill it in") if error["type"] == "missing" else Reason("correct the cell")
    )


@lru_cache(maxsize=8)
def _uses(mapping: Mapping, kind: Kind, today: date) -> tuple[_Use, ...]:
    reads = [(index, use, kind.field(use.field)) for index, use in enumerate(mapping.columns) if use.field]
    return tuple(
        _Use(i, field, cells.reader(field, use, mapping=mapping, today=today)) for i, use, field in reads if field
    )
