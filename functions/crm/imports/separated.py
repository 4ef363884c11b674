"""Rows of text files with delimiters (RFC 4180 and what is sent instead of it), with the byte each of them ends at."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from crm.core.reason import Reason
from crm.imports.lines import BYTE_ORDER_MARKS, Line, lines
from crm.imports.reading import MOST_CHARACTERS, MOST_COLUMNS, Position, Problem, Reading

_FIRST = Position(0, 1)
_SAYS_DELIMITER = "sep="


class Raw(NamedTuple):
    """The line (of a sheet: row) in which a row begins, its cells as they are written, the place after it."""

    line: int
    cells: list[str]
    after: Position
    problems: tuple[Problem, ...] = ()


class TooLong(csv.Error):
    """A row is longer than any row may be: a quotation mark in it was never closed, most likely."""


class _Feed:
    """Hands lines to csv.reader and remembers those of the row at hand, to be handed out again if it was torn."""

    def __init__(self, found: Iterator[Line], start: Position) -> None:
        self.after = start
        self.taken: list[Line] = []
        self._found = found
        self._again: deque[Line] = deque()
        self._size = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._found)
        self.taken.append(line)
        self._size += len(line.text)
        self.after = Position(self.after.offset + line.size, self.after.line + 1)
        if line.cut or self._size > MOST_CHARACTERS:
            raise TooLong
        return line.text

    def begin(self) -> None:
        self.taken.clear()
        self._size = 0

    def back_to_second(self) -> Line:
        """Only the first line stays taken; the others come again. The first one."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.after = Position(self.after.offset - sum(line.size for line in others), self.after.line - len(others))
        return first


def rows(source: BinaryIO, *, reading: Reading, start: Position | None) -> Iterator[Raw]:
    """All rows from `start` on, blank ones too. One that breaks the rules of quoting ends with its first line."""
    begin = start or _begin(source, reading.encoding)
    feed = _Feed(lines(source, encoding=reading.encoding, offset=begin.offset), begin)
    reader = csv.reader(feed, delimiter=reading.delimiter, skipinitialspace=reading.spaces, strict=True)
    while True:
        feed.begin()
        line = feed.after.line
        try:
            raw = Raw(line, next(reader), feed.after)
        except StopIteration:
            return
        except csv.Error:
            cells, problems = _mended(feed.back_to_second(), reading)
            raw = Raw(line, cells, feed.after, problems)
        if len(raw.cells) > MOST_COLUMNS:
            raw = Raw(line, raw.cells[: MOST_COLUMNS + 1], raw.after, (*raw.problems, _too_wide(len(raw.cells))))
        if line > 1 or not says_delimiter(raw.cells, reading.delimiter):
            yield raw


def says_delimiter(cells: list[str], delimiter: str) -> bool:
    """Whether a row is Excel's `sep=;`, which a reader that cuts at `;` sees as two cells."""
    return delimiter.join(cells).strip().lower() == _SAYS_DELIMITER + delimiter


def _begin(source: BinaryIO, encoding: str) -> Position:
    mark = BYTE_ORDER_MARKS.get(encoding, b"")
    source.seek(0)
    return Position(len(mark), 1) if mark and source.read(len(mark)) == mark else _FIRST


def _mended(line: Line, reading: Reading) -> tuple[list[str], tuple[Problem, ...]]:
    """The cells of one line with stray quotation marks, and what is wrong if they cannot be told."""
    if line.cut:
        reason = Reason("the line is longer than {most} characters", most=f"{MOST_CHARACTERS:,}")
        return [line.text[:1000]], (Problem(None, "", reason, Reason("leave out of the file what is no table")),)
    cells, closed = _leniently(line.text.rstrip("\r\n"), reading.delimiter)
    if closed and max(map(len, cells)) <= csv.field_size_limit():
        return cells, ()
    reason = Reason("a quotation mark is opened and not closed, or a cell is too long")
    return cells, (Problem(None, "", reason, Reason("close it, write it twice inside a cell, or shorten the cell")),)


def _leniently(text: str, delimiter: str) -> tuple[list[str], bool]:
    """A quotation mark ends a cell only before a delimiter: `"Joe "JJ" Smith",x`. And whether all were closed."""
    ends = re.compile(f'"+(?={re.escape(delimiter)}|$)')
    cells, place, closed = [], 0, True
    while place <= len(text):
        end = _end_of_quoted(text, place, ends) if closed and text.startswith('"', place) else None
        if end is None:
            end = text.find(delimiter, place)
            end = len(text) if end < 0 else end
            cell = text[place:end]
            # Where one is not closed, no later one is: the rest of the line is not searched again for each of them.
            closed = closed and not (cell.startswith('"') and cell.count('"') % 2)
        else:
            cell = text[place + 1 : end - 1].replace('""', '"')
        cells.append(cell)
        place = end + 1
    return cells, closed


def _end_of_quoted(text: str, place: int, ends: re.Pattern[str]) -> int | None:
    odd = (found.end() for found in ends.finditer(text, place + 1) if (found.end() - found.start()) % 2)
    return next(odd, None)


def _too_wide(found: int) -> Problem:
    return Problem(
        None,
        "",
        Reason("the row has {found} cells", found=f"{found:,}"),
        Reason("a table has at most {most} columns", most=f"{MOST_COLUMNS:,}"),
    )
