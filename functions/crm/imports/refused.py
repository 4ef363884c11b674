"""The rows that were refused as a file: the columns as they were, and why, to be corrected and imported again."""

import csv
import io
import re
from collections.abc import Iterator

from crm.core import files
from crm.imports import pieces
from crm.imports.asked import Told
from crm.imports.models import Import

HEADER = "refused because"
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
    for number in range(item.pieces):
        deeds = pieces.deeds(pieces.place(item), stage, number) or []
        why = {one.line: one for deed in deeds for one in deed.outcomes if one.result == "refused"}
        if why:
            rows = [row for row in pieces.rows(pieces.place(item), number) if row.line in why]
            yield b"".join(_line([*row.cells, f"{why[row.line].reason}: {why[row.line].remedy}"]) for row in rows)


def _line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(map(safe, cells))
    return text.getvalue().encode("utf-8", "replace")
