"""The members of a spreadsheet file (a ZIP archive), inflated piece by piece within stated limits.

What a member says of its size is looked at before anything is inflated, and counted while it is: it may lie.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from crm.imports.reading import FileRefused

_PIECE = 1 << 16
MOST_MEMBERS = 10_000
MOST_BYTES = 4 << 30
"""Of one member, inflated: a million rows of thirty columns are about 2 GB."""
MOST_RATIO = 250
"""Inflated over packed; sheets of nothing but repetitions reach 100, deflate itself 1032."""
_FREE = 1 << 24


@contextmanager
def opened(source: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive. Raises FileRefused for what is damaged, locked, or larger than any table."""
    with _refusing(), zipfile.ZipFile(source) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise _bomb(f"it has {len(members):,} parts")
        for member in members:
            if member.file_size > MOST_BYTES:
                raise _bomb(f"a part of it inflates to {member.file_size:,} bytes")
            if member.file_size > _FREE and member.file_size > MOST_RATIO * max(member.compress_size, 1):
                raise _bomb(f"a part of it inflates {member.file_size // max(member.compress_size, 1):,} times")
        yield archive


def pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The member, inflated in pieces. Raises FileRefused."""
    with _refusing(), archive.open(name) as member:
        inflated = 0
        while piece := member.read(_PIECE):
            inflated += len(piece)
            if inflated > MOST_BYTES:
                raise _bomb(f"a part of it inflates to more than {MOST_BYTES:,} bytes")
            yield piece


def whole(archive: zipfile.ZipFile, name: str, *, most: int) -> bytes:
    """A small member at once. Raises FileRefused."""
    if archive.getinfo(name).file_size > most:
        raise _bomb(f"its part {name} is larger than {most:,} bytes")
    return b"".join(pieces(archive, name))


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, NotImplementedError) as bad:
        raise FileRefused("damaged", "the file is damaged or was not uploaded whole", "upload it again") from bad
    except RuntimeError as bad:
        raise FileRefused("locked", "the file has a password", "save it without a password") from bad


def _bomb(what: str) -> FileRefused:
    return FileRefused("too_large_inside", f"it is no table as people make them: {what}", "save the table alone")
