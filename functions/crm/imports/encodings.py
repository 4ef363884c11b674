"""In which encoding a text is, and how surely."""

from typing import BinaryIO

from crm.imports.lines import BYTE_ORDER_MARKS
from crm.imports.reading import Choice, Guess


def guess(head: bytes) -> Guess[str]:
    """The encoding of a text that begins with `head`."""
    for encoding, mark in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return Guess(encoding, 1.0, "its byte order mark says so")
    return Guess("utf-8", 1.0, "all bytes are valid UTF-8")


def head(source: BinaryIO, size: int) -> bytes:
    """The first bytes."""
    source.seek(0)
    return source.read(size)


def choices(guessed: Guess[str], beginning: bytes) -> list[Choice]:
    """The encodings that could be meant, each with what the file would say in it."""
    return [Choice(encoding, _shown(beginning, encoding)) for encoding in (guessed.value, *guessed.others)]


def decoded(beginning: bytes, encoding: str) -> str:
    """The text of the first bytes; a letter cut in two at the end is left out."""
    return beginning.decode(encoding, "replace").removeprefix("\ufeff").removesuffix("\ufffd")


def _shown(beginning: bytes, encoding: str) -> str:
    lines = decoded(beginning, encoding).splitlines()
    return next((line for line in lines if not line.isascii()), lines[0] if lines else "")[:100]
