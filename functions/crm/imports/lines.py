"""Physical lines of a text file with the bytes they take, in whatever encoding; flat in memory.

Bytes that the encoding has no letter for come out as lone surrogates (`surrogateescape`): nothing is lost silently,
and a row can be refused for them.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from crm.imports.reading import MOST_CHARACTERS

_PIECE = 1 << 18
_MOST_BYTES = 4 * MOST_CHARACTERS
# Two bytes at a time, so that a line feed inside the halves of a letter (U+0A00 and its like) ends nothing.
_UTF16 = {
    "utf-16-le": (re.compile(rb"(?:(?![\r\n]\0)..)*?(?:\r\0\n\0|\r\0|\n\0)", re.DOTALL), b"\n\0"),
    "utf-16-be": (re.compile(rb"(?:(?!\0[\r\n])..)*?(?:\0\r\0\n|\0\r|\0\n)", re.DOTALL), b"\0\n"),
}
BYTE_ORDER_MARKS = {"utf-8": BOM_UTF8, "utf-16-le": BOM_UTF16_LE, "utf-16-be": BOM_UTF16_BE}


class Line(NamedTuple):
    """One line with its end, its bytes in the file, and whether it was cut: longer than any row."""

    text: str
    size: int
    cut: bool = False


def lines(source: BinaryIO, *, encoding: str, offset: int) -> Iterator[Line]:
    """The lines from the byte `offset` on; an end is CR LF, LF, or CR alone. `source` must be able to seek."""
    source.seek(offset)
    kept, beyond = b"", 0
    for piece, ended in _pieces(source, encoding):
        if len(kept) < _MOST_BYTES:
            kept += piece
        else:
            beyond += len(piece)
        if ended:
            yield _line(kept, beyond, encoding)
            kept, beyond = b"", 0
    if kept:
        yield _line(kept, beyond, encoding)


def _line(kept: bytes, beyond: int, encoding: str) -> Line:
    text = _decoded(kept, encoding)
    if beyond or len(text) > MOST_CHARACTERS:
        return Line(text[:MOST_CHARACTERS], len(kept) + beyond, cut=True)
    return Line(text, len(kept))


def _pieces(source: BinaryIO, encoding: str) -> Iterator[tuple[bytes, bool]]:
    """Lines, and pieces of lines that are longer than one read; True with what ends a line."""
    pattern, feed = _UTF16.get(encoding, (None, b"\n"))
    rest = b""
    while piece := source.read(_PIECE):
        whole, rest = _split(rest + piece, pattern, feed)
        for line in whole:
            yield line, True
        if len(rest) > _PIECE:
            # Not its last bytes: a CR may still meet its LF, and half a letter its other half.
            held = 4 + len(rest) % 2
            yield rest[:-held], False
            rest = rest[-held:]
    whole, rest = _split(rest, pattern, b"")
    for line in whole:
        yield line, True
    if rest:
        yield rest, False


def _split(read: bytes, pattern: re.Pattern[bytes] | None, feed: bytes) -> tuple[list[bytes], bytes]:
    """Whole lines, and what is not known to be one: the end, unless it ends with `feed` (CR may be half of CR LF)."""
    if pattern is None:
        whole = read.splitlines(keepends=True)
        return (whole, b"") if not whole or (feed and read.endswith(feed)) else (whole[:-1], whole[-1])
    whole = pattern.findall(read)
    rest = read[sum(map(len, whole)) :]
    # A last byte alone is half of what may be the LF of a CR before it.
    known = len(rest) > 1 or not whole or whole[-1].endswith(feed)
    return (whole, rest) if known else (whole[:-1], whole[-1] + rest)


def _decoded(line: bytes, encoding: str) -> str:
    if encoding not in _UTF16:
        return line.decode(encoding, "surrogateescape")
    half = len(line) % 2
    text = line[: len(line) - half].decode(encoding, "surrogatepass")
    return text + "\udcff" * half
