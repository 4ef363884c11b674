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
_LIKELY, _RIVAL = 0.9, 0.5


@dataclass(frozen=True)
class Fit:
    """How a text falls apart at a delimiter: the usual number of cells, the share of rows with it, the first row's."""

    delimiter: str
    width: int
    share: float
    first: int = 1


def guess(text: str) -> Guess[str]:
    """The delimiter of a text, of which `text` is the beginning; a line cut off at the end does no harm."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    said = _SAYS.fullmatch(first)
    if said and said[1] not in "\r\n":
        return Guess(said[1], 1.0, "its first line says so")
    fits = sorted((fit for mark in (*_USUAL, *_RARE) if (fit := _fit(text, mark)).width > 1), key=_rank, reverse=True)
    if not fits:
        return Guess(",", 1.0, "there is a single column")
    best = fits[0]
    # What stands in no header parts nothing below it: commas of decimals, or of addresses.
    rivals = [fit for fit in fits[1:] if fit.first > 1 and fit.share >= _RIVAL and fit.delimiter in _USUAL]
    plain = best.delimiter in _USUAL and (best.first > 1 or best.share >= _LIKELY)
    certainty = 1.0 if plain else 0.8
    if rivals:
        certainty = 0.97 if rivals[0].first < best.first and rivals[0].share <= best.share else 0.6
    why = f"{best.share:.0%} of the rows have {best.width} cells by it"
    return Guess(best.delimiter, certainty, why, tuple(fit.delimiter for fit in rivals))


def spaced(text: str, delimiter: str) -> bool:
    """Whether a space is written between the delimiter and the quotation mark of the next cell."""
    return bool(_SPACED.get(delimiter, re.compile(re.escape(delimiter) + ' +"')).search(text))


def _rank(fit: Fit) -> tuple[bool, bool, float, int]:
    return (fit.share >= _LIKELY, fit.delimiter in _USUAL, round(fit.share, 1), fit.width)


def _fit(text: str, delimiter: str) -> Fit:
    if delimiter not in text:
        return Fit(delimiter, 1, 0.0)
    found = _widths(list(StringIO(text, newline="")), delimiter)
    if not found:
        return Fit(delimiter, 1, 0.0)
    widths = Counter(found)
    width, rows = widths.most_common(1)[0]
    return Fit(delimiter, width, rows / widths.total(), found[0])


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
