"""The rows that were refused as a file: the columns as they were, and why, to be corrected and imported again."""

import csv
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from crm.core import files
from crm.imports import pieces
from crm.imports.asked import Told
from crm.imports.models import Import

HEADER = "refused because"
_THREADS = 8
_AT_ONCE = 64
_FORMULA = re.compile(r"[\s\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*[=+\-@\t\r\0＝＋－＠]")


def key(import_id: str) -> str:
    """Where the file stands."""
    return f"{pieces.folder(import_id)}refused.csv"


def write(item: Import, told: Told, stage: str) -> None:
    """Make the file anew from what the pieces came to at this stage."""
    files.write(key(item.import_id), _lines(item, told, stage), content_type="text/csv; charset=utf-8")


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; the reader of imports takes the apostrophe off again."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _lines(item: Import, told: Told, stage: str) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _line([*told.headers, HEADER])
    counts = {"check": item.checked, "run": item.ran}[stage] or {}
    left = int(counts.get("refused", 0))
    with ThreadPoolExecutor(_THREADS) as pool:
        # Most files have few such rows, or none, and a large one has twenty thousand pieces.
        each: Any = pool.map if item.pieces > _AT_ONCE else map
        for first in range(0, item.pieces, _AT_ONCE):
            if left <= 0:
                return
            numbers = range(first, min(first + _AT_ONCE, item.pieces))
            for lines in each(partial(_of_piece, pieces.place(item), stage), numbers):
                left -= len(lines)
                yield b"".join(lines)


def _of_piece(place: str, stage: str, number: int) -> list[bytes]:
    deeds = pieces.deeds(place, stage, number) or []
    why = {one.line: one for deed in deeds for one in deed.outcomes if one.result == "refused"}
    rows = [row for row in pieces.rows(place, number) if row.line in why] if why else []
    return [_line([*row.cells, f"{why[row.line].reason}: {why[row.line].remedy}"]) for row in rows]


def _line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(map(safe, cells))
    return text.getvalue().encode("utf-8", "replace")
