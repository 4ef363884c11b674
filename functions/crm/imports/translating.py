"""A row in the words of its kind: each cell as the type of its field has it, or the reason why not, and the remedy."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from crm.core import invalid
from crm.core.reason import Reason
from crm.imports import cells
from crm.imports import problems as problems_
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
    Of a row that is torn, or holds too much, nobody knows which cell is whose: nothing else of it is looked at.
    """
    if any(problem.column is None for problem in row.problems):
        return Translated({}, problems=row.problems)
    values: dict[str, Any] = {}
    problems, empty = list(_of_fields(row.problems, mapping)), list[str]()
    broken = {problem.column for problem in problems}
    for use in _uses(mapping, kind, today):
        cell = row.cells[use.index]
        if use.index in broken:
            continue
        if not cell:
            empty.append(use.field.name)
            continue
        try:
            values[use.field.name] = use.read(cell)
        except Refused as refused:
            problems.append(Problem(use.index, use.field.name, refused.reason, refused.remedy))
    return _whole(values, problems, tuple(empty), mapping, kind)


def _of_fields(broken: Iterable[Problem], mapping: Mapping) -> Iterator[Problem]:
    """Cells that cannot be read, each with the field of its column; what a column says that is left out is nothing."""
    fields = {index: use.field for index, use in enumerate(mapping.columns)}
    return (replace(one, field=fields[one.column]) for one in broken if one.column is not None and fields[one.column])


def _whole(
    read: dict[str, Any], problems: list[Problem], empty: tuple[str, ...], mapping: Mapping, kind: Kind
) -> Translated:
    values, about = _record(read, kind)
    # Nothing is said to be missing that is there once a wrong cell is mended.
    mended = _record({**dict.fromkeys((one.field for one in problems), "?"), **read}, kind)[0] if problems else {}
    follows = mended.keys() - values.keys()
    for error in _refused_by_schema(values, kind):
        path = [str(part) for part in error["loc"]]
        if path[0] not in follows:
            problems.append(_problem(error, path, mapping, kind))
            _take_out(values, path)
    return Translated(values, about, tuple(problems), empty)


def _record(read: dict[str, Any], kind: Kind) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a row as its schema has them, and what it says beside them."""
    beside = [field.name for field in kind.fields if field.about and field.name in read]
    about = {name: str(read[name]) for name in beside}
    said = {name: value for name, value in read.items() if name not in about}
    return {name: value for name, value in _shaped(said, about, kind).items() if value is not None}, about


def _take_out(values: dict[str, Any], path: list[str]) -> None:
    """Leave out the value in which something is wrong: of what is kept by name (`custom`) that one alone."""
    within = values.get(path[0])
    if isinstance(within, dict) and len(path) > 1 and path[1] in within:
        values[path[0]] = {name: value for name, value in within.items() if name != path[1]}
    else:
        values.pop(path[0], None)


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


def _refused_by_schema(values: dict[str, Any], kind: Kind) -> list[Any]:
    try:
        kind.schema.model_validate(values)
    except ValidationError as bad:
        return bad.errors(include_url=False, include_input=False)
    return []


def _problem(error: Any, path: list[str], mapping: Mapping, kind: Kind) -> Problem:
    column, field = problems_.at(path, mapping, kind)
    if error["type"] == "missing":
        return Problem(column, field, Reason("is missing"), Reason("fill it in"))
    return Problem(column, field, invalid.said(error), problems_.CORRECT_CELL)


@lru_cache(maxsize=8)
def _uses(mapping: Mapping, kind: Kind, today: date) -> tuple[_Use, ...]:
    reads = [(index, use, kind.field(use.field)) for index, use in enumerate(mapping.columns) if use.field]
    return tuple(
        _Use(i, field, cells.reader(field, use, mapping=mapping, today=today)) for i, use, field in reads if field
    )
