"""The rows that were refused as files, one in each language: the columns as they were, and why, to be corrected and
imported again.

All are made at once, when it is known which rows they are: who will download one, and what they read, is not known
then, and to make one takes as long as the file is large, for which nobody waits on a page. Of a file of which more are
refused than anybody mends by hand there is one alone, in the language of the business, so that it is made in time.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from crm.core import files, formulas
from crm.core.config import settings
from crm.imports import pieces, telling
from crm.imports.asked import Told
from crm.imports.models import Import
from crm.mail import languages
from crm.templates.rules import LANGUAGES

_THREADS = 8
_AT_ONCE = 64
MOST_SPOKEN = 1_000_000
"""Rows whose reasons are said in all languages: 50 µs each on a slow machine, of the function's five minutes."""
_END = b"\r\n"
Kept = Callable[[Sequence[str]], Sequence[str]]


def key(import_id: str, code: str) -> str:
    """Where the file stands whose reasons are in a language."""
    return f"{pieces.folder(import_id)}refused.{code}.csv"


def write(item: Import, told: Told, stage: str) -> None:
    """Make the files anew from what the pieces came to at this stage."""
    kept, codes = _without_reasons(told.headers), _spoken(item, stage)
    for code in set(LANGUAGES) - codes:
        files.delete(key(item.import_id, code))
    made = {code: files.Writing(key(item.import_id, code), content_type="text/csv; charset=utf-8") for code in codes}
    for code, file in made.items():
        file.add(b"\xef\xbb\xbf" + _line([*kept(told.headers), telling.head(code)]))
    for lines in _lines(item, partial(_of_piece, pieces.place(item), kept, codes, stage), stage):
        for code, file in made.items():
            file.add(b"".join(cells + b"," + why[code] for cells, why in lines))
    for file in made.values():
        file.end()


def _without_reasons(headers: Sequence[str]) -> Kept:
    """Takes the cells of a row without those that said why it was refused before: it is said anew."""
    gone = {index for index, header in enumerate(headers) if telling.is_head(header)}
    return lambda cells: [cell for index, cell in enumerate(cells) if index not in gone]


def found(import_id: str, code: str) -> tuple[str, str]:
    """The language in which there is the file, this one if possible, and where it stands. Raises FileMissing."""
    try:
        files.about(key(import_id, code))
    except files.FileMissing:
        code = _own()
        files.about(key(import_id, code))
    return code, key(import_id, code)


def _own() -> str:
    return languages.choose(settings().business_language).code


def _spoken(item: Import, stage: str) -> set[str]:
    return set(LANGUAGES) if _count(item, stage) <= MOST_SPOKEN else {_own()}


def _count(item: Import, stage: str) -> int:
    counts = {"check": item.checked, "run": item.ran}[stage] or {}
    return int(counts.get("refused", 0))


_Lines = list[tuple[bytes, dict[str, bytes]]]
"""For each row its cells, and why it was refused in each language."""


def _lines(item: Import, work: Callable[[int], _Lines], stage: str) -> Iterator[_Lines]:
    left = _count(item, stage)
    with ThreadPoolExecutor(_THREADS) as pool:
        # Most files have few such rows, or none, and a large one has twenty thousand pieces.
        each: Any = pool.map if item.pieces > _AT_ONCE else map
        for first in range(0, item.pieces, _AT_ONCE):
            if left <= 0:
                return
            numbers = range(first, min(first + _AT_ONCE, item.pieces))
            for lines in each(work, numbers):
                left -= len(lines)
                yield lines


def _of_piece(place: str, kept: Kept, codes: Iterable[str], stage: str, number: int) -> _Lines:
    deeds = pieces.deeds(place, stage, number) or []
    why = {one.line: one for deed in deeds for one in deed.outcomes if one.result == "refused"}
    rows = [row for row in pieces.rows(place, number) if row.line in why] if why else []
    return [
        (
            _line(kept(row.cells)).removesuffix(_END),
            {code: _line([telling.why(code, why[row.line])]) for code in codes},
        )
        for row in rows
    ]


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(map(formulas.guarded, cells))
    return text.getvalue().encode("utf-8", "replace")
