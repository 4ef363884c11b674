"""The rows of spreadsheet files, whichever kind of them, and what merged cells mean in them."""

from collections.abc import Iterator
from typing import BinaryIO

from crm.imports import ods, xlsx
from crm.imports.reading import Format, Position, Reading, Sheet
from crm.imports.separated import Raw


def sheets(source: BinaryIO, *, format: Format) -> list[Sheet]:
    """All sheets in their order. Raises FileRefused."""
    return xlsx.sheets(source) if format == "xlsx" else ods.sheets(source)


def rows(source: BinaryIO, *, reading: Reading, start: Position | None) -> Iterator[Raw]:
    """The rows behind `start` in which anything stands. All before them are read over: a sheet has no places to go to.

    Raises FileRefused.
    """
    fill = reading.merged == "fill"
    behind = start.offset if start else 0
    found = ods.rows(source, sheet=reading.sheet, filled=fill)
    if reading.format == "xlsx":
        found = xlsx.rows(source, sheet=reading.sheet)
        found = _filled(found, xlsx.merged(source, sheet=reading.sheet)) if fill else found
    return (row for row in found if row.line > behind)


def has_merged_rows(source: BinaryIO, *, reading: Reading) -> bool:
    """Whether cells below the header stand for several rows."""
    if reading.format == "ods":
        return ods.has_merged_rows(source, sheet=reading.sheet)
    return any(area.bottom > reading.header_line for area in xlsx.merged(source, sheet=reading.sheet))


def _filled(found: Iterator[Raw], areas: list[xlsx.Area]) -> Iterator[Raw]:
    """The value of an area in all its rows. Rows of an area in which nothing else stands are no rows of the table."""
    coming = sorted(areas, reverse=True)
    open_: dict[int, tuple[str, int]] = {}
    for row in found:
        cells = row.cells
        while coming and coming[-1].top <= row.line:
            area = coming.pop()
            value = cells[area.left] if area.top == row.line and area.left < len(cells) else ""
            if value:
                open_[area.left] = (value, area.bottom)
        for column, (value, bottom) in list(open_.items()):
            if row.line > bottom:
                del open_[column]
                continue
            cells += [""] * (column + 1 - len(cells))
            cells[column] = cells[column] or value
        yield row
