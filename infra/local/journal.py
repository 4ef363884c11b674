"""A journal of the engine's successful writes: what a killed process had answered is never lost.

One record is `length, CRC-32` (big endian, four bytes each) and then one line of JSON followed by the raw
request body. A write reaches the file before its answer leaves, by `os.write` without `fsync`: it survives
the death of any process, not the loss of power.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAME = struct.Struct(">II")
LARGEST_RECORD = 1 << 28


class JournalDamagedError(Exception):
    """Something other than a torn end is wrong with a journal: what stands behind it can't be told from rubbish."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """One request that changed something, with what the engine drew by chance while serving it."""

    at: float
    method: str
    path: str
    query: str
    headers: list[list[str]]
    body: bytes
    drawn: list[str] = field(default_factory=list)

    def encode(self) -> bytes:
        """Return the record as it stands in the file, frame included."""
        head = [self.at, self.method, self.path, self.query, self.headers, self.drawn]
        payload = json.dumps(head, separators=(",", ":")).encode() + b"\n" + self.body
        return FRAME.pack(len(payload), zlib.crc32(payload)) + payload

    @classmethod
    def decode(cls, payload: bytes) -> Write:
        """Read a record without its frame."""
        line, _, body = payload.partition(b"\n")
        at, method, path, query, headers, drawn = json.loads(line)
        return cls(at=at, method=method, path=path, query=query, headers=headers, body=body, drawn=drawn)


class Journal:
    """The open journal of a running engine; appends only."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, write: Write) -> None:
        """Put a record at the end; it has reached the operating system when this returns."""
        rest = memoryview(write.encode())
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def close(self) -> None:
        """Close the file; nothing is waiting to be written."""
        os.close(self._file)


def read(path: Path) -> Iterator[Write]:
    """Yield the whole records in order and cut off a torn one at the end, so that appending can go on.

    Raises JournalDamagedError where a record is spoilt and others follow: cutting there would lose them unasked.
    """
    if not path.exists():
        return
    whole = 0
    with path.open("rb") as file:
        while payload := _next_payload(file):
            whole += FRAME.size + len(payload)
            yield Write.decode(payload)
        if payload is None or file.read(1):
            raise JournalDamagedError(
                f"{path} is damaged at byte {whole}: restore it, or `truncate -s {whole} {path}` to lose what came "
                "later, or `make reset` to lose everything"
            )
    os.truncate(path, whole)


def _next_payload(file: BinaryIO) -> bytes | None:
    """Return the next record's payload, nothing when it is torn or was the last, None when it is spoilt."""
    frame = file.read(FRAME.size)
    if len(frame) < FRAME.size:
        return b""
    length, checksum = FRAME.unpack(frame)
    if length > LARGEST_RECORD:
        return None
    payload = file.read(length)
    if len(payload) < length:
        return b""
    return payload if zlib.crc32(payload) == checksum else None
