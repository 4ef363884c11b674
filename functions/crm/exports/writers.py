"""Rows as the bytes of a file, a piece at a time."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crm.core.formulas import guarded
from crm.core.reason import Reason
from crm.exports.cells import Layout

Rows = Iterable[Mapping[str, Any]]
MOST_IN_WORKBOOK = 250_000
"""Of a million, which Excel opens, the writing would take longer than a function may run."""
_CHUNK = 1 << 18


class TooMany(Exception):
    """There are more rows than a file of this format is made for; the reason says the remedy."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def require_room(format_: str, rows: int) -> None:
    """Raise TooMany where a file of the format is not made for so many rows."""
    if format_ == "xlsx" and rows > MOST_IN_WORKBOOK:
        raise TooMany(
            Reason(
                "it has more than {most} rows: ask for csv, or for a smaller list",
                most=f"{MOST_IN_WORKBOOK:,}",
            )
        )


def csv_file(rows: Rows, layout: Layout) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with its mark, by which Excel knows it; no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(layout.columns)
    for row in rows:
        writer.writerow(map(guarded, layout.texts(row)))
        if out.tell() > _CHUNK:
            yield _taken(out)
    yield _taken(out)


def workbook(rows: Rows, layout: Layout) -> Iterator[bytes]:
    """XLSX with every cell as text, written to disk row by row."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - 70 ms, and few messages need it

    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.xlsx"
        with Workbook(str(path), {"constant_memory": True, "tmpdir": folder}) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
            for place, column in enumerate(layout.columns):
                sheet.write_string(0, place, column, bold)
            for line, row in enumerate(rows, start=1):
                for place, cell in enumerate(layout.texts(row)):
                    if cell:
                        _write_text(sheet, line, place, cell, quoted)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _write_text(sheet: Any, line: int, place: int, cell: str, quoted: Any) -> None:
    """Text stays text in a workbook, also when somebody edits it: Excel's own apostrophe is a format of the cell.

    Only what an import would take for its own apostrophe, or for Excel's `="0300"`, gets one that is a character.
    """
    if cell[0] == "'" or cell.startswith('="'):
        sheet.write_string(line, place, guarded(cell))
    elif guarded(cell) != cell:
        sheet.write_string(line, place, cell, quoted)
    else:
        sheet.write_string(line, place, cell)


def lines(rows: Rows, _: Layout) -> Iterator[bytes]:
    """JSON Lines: one object a line."""
    held: list[str] = []
    for row in rows:
        held.append(json.dumps(row, ensure_ascii=False) + "\n")
        if len(held) == 500:
            yield "".join(held).encode()
            held.clear()
    yield "".join(held).encode()


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return text


WRITERS: Mapping[str, tuple[Callable[[Rows, Layout], Iterator[bytes]], str]] = {
    "csv": (csv_file, "text/csv; charset=utf-8"),
    "xlsx": (workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "jsonl": (lines, "application/jsonl; charset=utf-8"),
}
"""By format how a file is written, and what it is."""
