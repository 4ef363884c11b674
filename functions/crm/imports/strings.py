"""The shared strings of a workbook: kept on disk once they are many, so memory does not grow with them."""

import re
from array import array
from collections.abc import Iterable
from tempfile import SpooledTemporaryFile

from crm.imports import markup
from crm.imports.reading import MOST_CELL, FileRefused

_IN_MEMORY = 1 << 24
_REMEMBERED = 50_000
_SHORT = 64
MOST_STRINGS = 20_000_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class SharedStrings:
    """Strings by their number. The first 16 MB of all of them are in memory, the rest in a temporary file."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the workbook
        self._ends = array("Q", [0])
        self._near: dict[int, str] = {}

    def add(self, string: str) -> None:
        """Keep the next string."""
        if len(self._ends) > MOST_STRINGS:
            raise FileRefused("too_large_inside", f"it has more than {MOST_STRINGS:,} strings", "save it as CSV")
        self._file.write(written := string.encode("utf-8", "surrogatepass"))
        self._ends.append(self._ends[-1] + len(written))

    def __getitem__(self, number: int) -> str:
        """The string of that number; raises IndexError."""
        known = self._near.get(number)
        if known is not None:
            return known
        if number < 0:
            raise IndexError(number)
        begin, end = self._ends[number], self._ends[number + 1]
        self._file.seek(begin)
        string = self._file.read(end - begin).decode("utf-8", "surrogatepass")
        if len(string) < _SHORT:
            if len(self._near) >= _REMEMBERED:
                self._near.clear()
            self._near[number] = string
        return string

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()


class _Strings:
    """Hears the strings of xl/sharedStrings.xml: runs of formatting are joined, the readings above them left out."""

    def __init__(self, kept: SharedStrings) -> None:
        self._kept = kept
        self._parts: list[str] = []
        self._size = 0
        self._heard = False
        self._above = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "si":
            self._parts, self._size = [], 0
        elif name == "rPh":
            self._above = True
        elif name == "t":
            self._heard = not self._above

    def end(self, name: str) -> None:
        if name == "t":
            self._heard = False
        elif name == "rPh":
            self._above = False
        elif name == "si":
            self._kept.add(unescaped("".join(self._parts)))

    def text(self, read: str) -> None:
        # One character more than a cell may have: so the cell that asks for it is told of.
        if self._heard and self._size <= MOST_CELL:
            self._parts.append(read[: MOST_CELL + 1])
            self._size += len(read)


def read(pieces: Iterable[bytes]) -> SharedStrings:
    """All strings of the part. Raises FileRefused."""
    kept = SharedStrings()
    try:
        for _ in markup.heard(pieces, _Strings(kept)):
            pass
    except FileRefused:
        kept.close()
        raise
    return kept


def unescaped(string: str) -> str:
    """Excel writes characters that XML cannot hold as _x000D_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), string) if "_x" in string else string
