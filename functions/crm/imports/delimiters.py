"""What stands between the cells of a line, and how surely."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from crm.imports.reading import Guess

_USUAL = (",", ";", "\t", "|")
_RARE = ("\x1f", "\x01", "^", "~", ":", "¦", "§", "#", "*", "!", "/", "_", "،", "؛")
_SAYS = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE | re.DOTALL)
_SPACED = {mark: re.compile(re.escape(mark) + ' +"') for mark in (*_USUAL, *_RARE)}
_LIKELY = 0.9


@dataclass(frozen=True)
class Fit:
    """How a text falls apart at a delimiter: the usual number of cells, and the share of rows that have it."""

    delimiter: str
    width: int
    share: float


def guess(text: str) -> Guess[str]:
    """The delimiter of a text, of which `text` is the beginning; a line cut off at the end does no harm."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    said = _SAYS.fullmatch(first)
    if said and said[1] not in "\r\n":
        return Guess(said[1], 1.0, "its first line says so")
    fits = sorted((fit for mark in (*_USUAL, *_RARE) if (fit := _fit(text, mark)).width > 1), key=_rank, reverse=True)
    if not fits:
        return Guess(",", 1.0, "there is a single column")
    best, others = fits[0], [fit for fit in fits[1:] if fit.share >= _LIKELY and fit.delimiter in _USUAL]
    why = f"{best.share:.0%} of the rows have {best.width} cells by it"
    certainty = best.share if best.share >= _LIKELY and best.delimiter in _USUAL else best.share * 0.9
    if others:
        certainty *= 0.9 if others[0].width < best.width and others[0].share <= best.share else 0.7
    return Guess(best.delimiter, round(certainty, 3), why, tuple(fit.delimiter for fit in others))


def spaced(text: str, delimiter: str) -> bool:
    """Whether a space is written between the delimiter and the quotation mark of the next cell."""
    return bool(_SPACED.get(delimiter, re.compile(re.escape(delimiter) + ' +"')).search(text))


def _rank(fit: Fit) -> tuple[bool, bool, float, int]:
    return (fit.share >= _LIKELY, fit.delimiter in _USUAL, round(fit.share, 1), fit.width)


def _fit(text: str, delimiter: str) -> Fit:
    if delimiter not in text:
        return Fit(delimiter, 1, 0.0)
    widths = Counter(_widths(list(StringIO(text, newline=""))[:-1] or [text], delimiter))
    if not widths:
        return Fit(delimiter, 1, 0.0)
    width, rows = widths.most_common(1)[0]
    return Fit(delimiter, width, rows / widths.total())


def _widths(lines: Sequence[str], delimiter: str) -> list[int]:
    found: list[int] = []
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return found
        except csv.Error:
            continue
        if any(cell.strip() for cell in cells):
            found.append(len(cells))
