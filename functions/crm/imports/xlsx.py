"""The rows of a sheet of an XLSX file, one after the other."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO, NamedTuple
from zipfile import ZipFile

from crm.core.reason import Reason
from crm.imports import archives, markup, strings, workbook
from crm.imports.reading import MOST_CELL, FileRefused, Position, Problem, Sheet
from crm.imports.separated import Raw
from crm.imports.strings import SharedStrings
from crm.imports.workbook import SheetPart, Workbook

MOST_SHEET_COLUMNS = 16_384
_EXACT_DIGITS = 15
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s+ref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[ >]")
_MOST_MERGED = 10_000


class Area(NamedTuple):
    """Merged cells: rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


def sheets(source: BinaryIO) -> list[Sheet]:
    """All sheets in their order. Raises FileRefused."""
    with archives.opened(source) as archive:
        book = workbook.read(archive)
        return [Sheet(part.name, part.hidden, _is_empty(archive, part)) for part in book.sheets]


def rows(source: BinaryIO, *, sheet: str) -> Iterator[Raw]:
    """The rows of a sheet in which anything stands. Raises FileRefused."""
    with archives.opened(source) as archive:
        book = workbook.read(archive)
        yield from _rows(archive, book, _part(book, sheet))


def merged(source: BinaryIO, *, sheet: str) -> list[Area]:
    """The merged areas of several rows; they are written behind the rows, so the whole sheet is looked through."""
    with archives.opened(source) as archive:
        part = _part(workbook.read(archive), sheet)
        found: list[Area] = []
        rest = b""
        for piece in archives.pieces(archive, part.member):
            held = rest + piece
            for area in _MERGED.finditer(held):
                left, top, right, bottom = (text.decode() for text in area.groups())
                if top != bottom:
                    found.append(Area(int(top), _column(left), int(bottom), _column(right)))
            if len(found) > _MOST_MERGED:
                raise FileRefused("merged", f"it has more than {_MOST_MERGED:,} merged cells", "unmerge them")
            rest = held[max(held.rfind(b"<"), 0) :][:200]
        return found


def _part(book: Workbook, sheet: str) -> SheetPart:
    part = next((part for part in book.sheets if part.name == sheet), None)
    if part is None:
        raise FileRefused("no_sheet", f"it has no sheet {sheet!r}", "choose one of its sheets")
    return part


def _is_empty(archive: ZipFile, part: SheetPart) -> bool:
    rest = b""
    for piece in archives.pieces(archive, part.member):
        if _VALUE.search(rest + piece):
            return False
        rest = piece[-20:]
    return True


def _rows(archive: ZipFile, book: Workbook, part: SheetPart) -> Iterator[Raw]:
    with closing(_strings(archive, book)) as shared:
        listener = _Cells(book, shared)
        for _ in markup.heard(archives.pieces(archive, part.member), listener):
            yield from listener.found
            listener.found.clear()


def _strings(archive: ZipFile, book: Workbook) -> SharedStrings:
    return strings.read(archives.pieces(archive, book.strings)) if book.strings else SharedStrings()


class _Cells:
    """Hears a sheet and puts its rows together."""

    def __init__(self, book: Workbook, shared: SharedStrings) -> None:
        self.found: list[Raw] = []
        self._book = book
        self._shared = shared
        self._row = 0
        self._cells: list[str] = []
        self._problems: list[Problem] = []
        self._type = self._style = ""
        self._place = 0
        self._text: list[str] = []
        self._heard = self._in_cell = self._formula = self._above = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "t"}:
            self._heard = self._in_cell and not self._above
        elif name == "row":
            self._begin_row(attributes)
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._above = True

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._heard = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells or self._problems:
                place = Position(self._row, self._row + 1)
                self.found.append(Raw(self._row, self._cells, place, tuple(self._problems)))
        elif name == "rPh":
            self._above = False

    def text(self, read: str) -> None:
        if self._heard:
            self._text.append(read)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        following = int(number) if number.isdecimal() and len(number) < 8 else self._row + 1
        # A row cannot come again or before its place: what is numbered wrongly counts on.
        self._row = following if following > self._row else self._row + 1
        self._cells, self._problems = [], []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r", "")
        place = _column(reference.rstrip("0123456789")) if reference else len(self._cells)
        self._place = max(place, len(self._cells))
        if self._place >= MOST_SHEET_COLUMNS:
            raise FileRefused(
                "too_wide", f"it has more than {MOST_SHEET_COLUMNS:,} columns", "leave out what is no table"
            )
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._text = []
        self._in_cell, self._formula = True, False

    def _end_cell(self) -> None:
        self._in_cell = False
        raw = "".join(self._text)
        if not raw:
            if self._formula:
                self._refuse(
                    Reason("the cell holds a formula without its result"),
                    Reason("open the file in a spreadsheet program and save it"),
                )
            return
        value = self._value(raw)
        if len(value) > MOST_CELL:
            self._refuse(
                Reason("the cell is longer than {most} characters", most=f"{MOST_CELL:,}"), Reason("shorten it")
            )
            return
        if value:
            self._cells += [""] * (self._place - len(self._cells))
            self._cells.append(value)

    def _value(self, raw: str) -> str:
        if self._type == "s":
            try:
                return self._shared[int(raw)]
            except (ValueError, IndexError):
                raise FileRefused("damaged", "its strings do not fit its cells", "save it anew") from None
        if self._type == "n":
            return self._number(raw)
        if self._type == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE"
        return strings.unescaped(raw)

    def _number(self, raw: str) -> str:
        try:
            if self._style.isdecimal() and int(self._style) in self._book.dated:
                return workbook.moment(raw, since_1904=self._book.since_1904) or number(raw)
            return number(raw)
        except (ValueError, OverflowError):
            return raw

    def _refuse(self, reason: Reason, remedy: Reason) -> None:
        self._problems.append(Problem(self._place, "", reason, remedy))


def number(raw: str) -> str:
    """A number as Excel shows it: fifteen digits, none of them lost, and never readable in two ways.

    More digits than Excel keeps come out as 1.5E+17, which no phone number is taken from; 1.234 as 1.2340, since three
    digits behind a point could be thousands.
    """
    if raw.isdecimal() and len(raw) <= _EXACT_DIGITS:
        return raw
    value = float(raw)
    if value.is_integer() and abs(value) < 10**_EXACT_DIGITS:
        return str(int(value))
    shown = f"{value:.15g}"
    if "e" in shown:
        return f"{value:.15f}".rstrip("0") if abs(value) < 1 else shown.upper()
    return shown + "0" if len(shown.partition(".")[2]) == 3 else shown


def _column(letters: str) -> int:
    found = _COLUMNS.get(letters)
    if found is None:
        found = -1
        for letter in letters[:4]:
            found = (found + 1) * 26 + ord(letter) - ord("A")
        if not letters.isascii() or not letters.isupper():
            raise FileRefused("damaged", f"its cell {letters!r} is in no column", "save it anew")
        if len(_COLUMNS) <= MOST_SHEET_COLUMNS:
            _COLUMNS[letters] = found
    return found


_COLUMNS: dict[str, int] = {}
