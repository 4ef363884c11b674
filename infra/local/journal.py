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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAME = struct.Struct(">II")


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
    """Yield the whole records in order and cut off a torn one at the end, so that appending can go on."""
    if not path.exists():
        return
    whole = 0
    with path.open("rb") as file:
        while payload := _next_payload(file):
            whole += FRAME.size + len(payload)
            yield Write.decode(payload)
    os.truncate(path, whole)


def _next_payload(file: Any) -> bytes:
    frame = file.read(FRAME.size)
    if len(frame) < FRAME.size:
        return b""
    length, checksum = FRAME.unpack(frame)
    payload: bytes = file.read(length)
    return payload if len(payload) == length and zlib.crc32(payload) == checksum else b""
