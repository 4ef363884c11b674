"""The rows of a sheet of an ODS file, one after the other (OpenDocument 1.3, part 3, chapter 9)."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from crm.core.reason import Reason
from crm.imports import archives, markup
from crm.imports.reading import MOST_CELL, MOST_CHARACTERS, FileRefused, Position, Problem, Sheet
from crm.imports.separated import Raw
from crm.imports.xlsx import MOST_SHEET_COLUMNS, number

MOST_SHEET_ROWS = 1 << 20
_CONTENT = "content.xml"
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_CELLS = frozenset({"table-cell", "covered-table-cell"})


def sheets(source: BinaryIO) -> list[Sheet]:
    """All sheets in their order. Raises FileRefused."""
    listener = _Sheets()
    with archives.opened(source) as archive:
        for _ in markup.heard(archives.pieces(archive, _CONTENT), listener):
            pass
    return [Sheet(name, hidden, name not in listener.filled) for name, hidden in listener.names.items()]


def rows(source: BinaryIO, *, sheet: str, filled: bool = False) -> Iterator[Raw]:
    """The rows of a sheet in which anything stands; `filled`: merged cells say in all rows what they say in the first.

    Raises FileRefused.
    """
    listener = _Cells(sheet, filled=filled)
    with archives.opened(source) as archive:
        for _ in markup.heard(archives.pieces(archive, _CONTENT), listener):
            for cells, problems, first, times in listener.found:
                for row in range(first, first + times):
                    yield Raw(row, list(cells), Position(row, row + 1), problems)
            listener.found.clear()
            if listener.over:
                return
    if not listener.met:
        raise FileRefused("no_sheet", f"it has no sheet {sheet!r}", "choose one of its sheets")


def has_merged_rows(source: BinaryIO, *, sheet: str) -> bool:
    """Whether a cell of the sheet stands for several rows."""
    with archives.opened(source) as archive:
        listener = _Sheets()
        for _ in markup.heard(archives.pieces(archive, _CONTENT), listener):
            if sheet in listener.merged:
                return True
    return sheet in listener.merged


class _Sheets:
    """Hears which sheets there are, which of them are hidden, and in which anything stands."""

    def __init__(self) -> None:
        self.names: dict[str, bool] = {}
        self.filled: set[str] = set()
        self.merged: set[str] = set()
        self._hidden: set[str] = set()
        self._style = self._now = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style":
            self._style = markup.local(attributes).get("name", "")
        elif name == "table-properties" and markup.local(attributes).get("display") == "false":
            self._hidden.add(self._style)
        elif name == "table":
            found = markup.local(attributes)
            self._now = found.get("name", "")
            self.names[self._now] = found.get("style-name", "") in self._hidden
        elif name in _CELLS and attributes:
            found = markup.local(attributes)
            if "value-type" in found:
                self.filled.add(self._now)
            if found.get("number-rows-spanned", "1") != "1":
                self.merged.add(self._now)

    def end(self, name: str) -> None: ...

    def text(self, read: str) -> None: ...


class _Cells:
    """Hears one sheet and puts its rows together: (cells, problems, first row, how often it is repeated)."""

    def __init__(self, sheet: str, *, filled: bool) -> None:
        self.found: list[tuple[list[str], tuple[Problem, ...], int, int]] = []
        self.met = self.over = False
        self._sheet = sheet
        self._filled = filled
        self._inside = False
        self._row, self._times = 0, 1
        self._cells: list[str] = []
        self._problems: list[Problem] = []
        self._place = self._size = self._aside = 0
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._heard = self._in_cell = False
        self._below: dict[int, tuple[str, int]] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self._inside = markup.local(attributes).get("name", "") == self._sheet and not self.met
            self.met = self.met or self._inside
        elif not self._inside:
            return
        elif name in _CELLS:
            self._cell, self._text, self._size = markup.local(attributes), [], 0
            self._in_cell = True
        elif name == "table-row":
            self._times = _count(attributes, "number-rows-repeated", MOST_SHEET_ROWS)
            self._cells, self._problems, self._place = [], [], 0
        elif self._in_cell:
            self._begin_text(name, attributes)

    def end(self, name: str) -> None:
        if not self._inside:
            return
        if name == "annotation":
            self._aside -= 1
        elif name == "p":
            self._heard = False
        elif name in _CELLS:
            self._end_cell(covered=name == "covered-table-cell")
        elif name == "table-row":
            self._end_row()
        elif name == "table":
            self._inside, self.over = False, True

    def text(self, read: str) -> None:
        if self._heard and not self._aside and self._size <= MOST_CELL:
            self._text.append(read)
            self._size += len(read)

    def _begin_text(self, name: str, attributes: dict[str, str]) -> None:
        if name == "annotation":
            self._aside += 1
        elif name == "p":
            if self._text:
                self.text("\n")
            self._heard = True
        elif name in {"s", "tab", "line-break"}:
            shown = {"s": " " * _count(attributes, "c", 1000), "tab": "\t", "line-break": "\n"}[name]
            self.text(shown)

    def _end_row(self) -> None:
        first = self._row + 1
        self._row += self._times
        if self._cells or self._problems:
            if self._row > MOST_SHEET_ROWS:
                raise FileRefused("too_large_inside", f"it has more than {MOST_SHEET_ROWS:,} rows", "save it as CSV")
            self.found.append((self._cells, tuple(self._problems), first, self._times))

    def _end_cell(self, *, covered: bool) -> None:
        self._in_cell = self._heard = False
        times = _count(self._cell, "number-columns-repeated", MOST_SHEET_COLUMNS)
        value = self._from_above() if covered else self._value()
        if len(value) > MOST_CELL:
            reason = Reason("the cell is longer than {most} characters", most=f"{MOST_CELL:,}")
            self._problems.append(Problem(self._place, "", reason, Reason("shorten it")))
            value = ""
        below = _count(self._cell, "number-rows-spanned", MOST_SHEET_ROWS) - 1
        if value and below and not covered:
            self._below[self._place] = (value, below)
        if value:
            if self._place + times > MOST_SHEET_COLUMNS or len(value) * times > MOST_CHARACTERS:
                raise FileRefused("too_wide", "it has more columns than any table", "leave out what is no table")
            self._cells += [""] * (self._place - len(self._cells)) + [value] * times
        self._place += times

    def _from_above(self) -> str:
        value, left = self._below.get(self._place, ("", 0))
        if left:
            self._below[self._place] = (value, left - 1)
        return value if left and self._filled else ""

    def _value(self) -> str:
        kind, text = self._cell.get("value-type", ""), "".join(self._text)
        if kind in {"float", "percentage", "currency"}:
            return _number(self._cell.get("value", ""), text)
        if kind == "date":
            # A day is written without a time, and a time without its zone.
            return self._cell.get("date-value", text).replace("T00:00:00", "").replace("T", " ")
        if kind == "boolean":
            return self._cell.get("boolean-value", text).upper()
        if kind == "time":
            found = _DURATION.fullmatch(self._cell.get("time-value", ""))
            return ":".join(f"{int(part):02}" for part in found.groups()) if found else text
        return text or self._cell.get("string-value", "")


def _number(written: str, shown: str) -> str:
    try:
        return number(written)
    except (ValueError, OverflowError):
        return shown


def _count(attributes: dict[str, str], name: str, most: int) -> int:
    written = markup.local(attributes).get(name, "1")
    if not (written.isascii() and written.isdecimal()):
        return 1
    return max(1, min(int(written[:10]), most))
