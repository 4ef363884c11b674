"""The rows of a file, one after the other, from any place on; memory does not grow with the file."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from crm.core import formulas
from crm.core.reason import Reason
from crm.imports import separated, spreadsheets
from crm.imports.reading import Position, Problem, Reading, Row

_LOST = re.compile("[\ud800-\udfff]")
_REMEDY_LOST = Reason("save the file as UTF-8, or choose the encoding that it is in")
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')


def rows(source: BinaryIO, *, reading: Reading, start: Position | None = None) -> Iterator[Row]:
    """The rows below the header, without blank ones; from `start`, which a row gave, if there is one.

    `source` must be able to seek. Raises FileRefused if the file is not of the format that `reading` says.

    Cells are what a person sees in them: no spaces around, Excel's `="0300"` is 0300, the apostrophe before a
    formula that our own exports put there is gone. A formula in a file of text is text, and is never calculated.
    """
    width = len(reading.headers)
    for line, cells, after, problems in raw(source, reading=reading, start=start):
        if line <= reading.header_line or not (problems or any(cells)):
            continue
        seen = tuple(map(_seen, cells))
        if problems or any(seen):
            yield _row(line, seen, after, problems, width, reading)


def raw(source: BinaryIO, *, reading: Reading, start: Position | None) -> Iterator[separated.Raw]:
    """All rows as they stand in the file, headers and what stands above them too."""
    if reading.format == "csv":
        return separated.rows(source, reading=reading, start=start)
    return spreadsheets.rows(source, reading=reading, start=start)


def _row(
    line: int, cells: tuple[str, ...], after: Position, problems: tuple[Problem, ...], width: int, reading: Reading
) -> Row:
    missing = width - len(cells)
    if missing:
        if missing > 0:
            if reading.short == "refuse" and reading.format == "csv" and not problems:
                problems = (_torn(len(cells), width),)
            cells += ("",) * missing
        elif any(cells[width:]):
            problems = problems or (_overfull(len(cells), width),)
        else:
            cells = cells[:width]
    return Row(line, cells, after, problems + tuple(_broken(cells, reading)))


def _torn(found: int, width: int) -> Problem:
    reason = Reason("the row has {found} cells where the table has {width} columns", found=found, width=width)
    return Problem(
        None, "", reason, Reason("a line break inside a cell may have torn it: put the cell in quotation marks")
    )


def _overfull(found: int, width: int) -> Problem:
    reason = Reason("the row has {found} cells where the table has {width} columns", found=found, width=width)
    return Problem(None, "", reason, Reason("put cells that hold the delimiter in quotation marks"))


def _broken(cells: tuple[str, ...], reading: Reading) -> Iterator[Problem]:
    for index, cell in enumerate(cells):
        if cell.isascii():
            if "\0" in cell:
                yield Problem(
                    index, "", Reason("the cell holds a NUL character"), Reason("delete it; it shows nothing")
                )
        elif _LOST.search(cell):
            yield Problem(
                index,
                "",
                Reason("the cell holds bytes that are not {encoding}", encoding=reading.encoding),
                _REMEDY_LOST,
            )
        elif "\0" in cell:
            yield Problem(index, "", Reason("the cell holds a NUL character"), Reason("delete it; it shows nothing"))


def _seen(cell: str) -> str:
    # Programs that write C strings into fixed places leave NULs behind them: as empty as spaces.
    shown = cell.strip(" \t\r\n\0\ufeff\xa0")
    if shown[:1] in {"=", "'"}:
        quoted = _QUOTED_FORMULA.fullmatch(shown)
        return quoted[1] if quoted else formulas.unguarded(shown)
    return shown
