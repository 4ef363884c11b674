"""The objects of an export in the bucket.

exports/<export>/parts/<n>.jsonl.gz   a part: what it tells about itself, and below it one row a line
exports/<export>/file.<format>        the file

A part is stored once and never changes: of two workers at the same part the first one's counts, and the place after it
stands in it. So the next part begins where this one ends, whoever goes on.
"""

import gzip
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from crm.core import files
from crm.exports.models import Export


@dataclass(frozen=True)
class Part:
    """Some rows as JSON, and the place after them (None: there are no more); the own fields that need columns."""

    rows: list[dict[str, Any]]
    place: dict[str, Any] | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Head:
    """What a stored part tells about itself."""

    count: int
    place: dict[str, Any] | None
    fields: tuple[str, ...]


def folder(export: Export) -> str:
    """Where all objects of an export stand."""
    return f"exports/{export.export_id}/"


def file_key(export: Export) -> str:
    """Where its file stands."""
    return f"{folder(export)}file.{export.format}"


def kept(export: Export, number: int) -> Head | None:
    """What a part tells about itself, if somebody has stored it."""
    try:
        lines = _lines(export, number)
        return Head(**json.loads(next(lines)))
    except files.FileMissing:
        return None


def keep(export: Export, number: int, part: Part) -> Head:
    """Store a part, unless another worker has; what is stored counts."""
    head = Head(len(part.rows), part.place, part.fields)
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in (asdict(head), *part.rows))
    if files.put_new(_key(export, number), gzip.compress(text.encode(), 5, mtime=0)):
        return head
    return Head(**json.loads(next(_lines(export, number))))


def rows(export: Export) -> Iterator[dict[str, Any]]:
    """All rows in order; holds one part at a time. Raises FileMissing."""
    for number in range(export.parts):
        lines = _lines(export, number)
        next(lines)
        yield from map(json.loads, lines)


def write(export: Export, chunks: Iterable[bytes], *, content_type: str) -> None:
    """Store the file, flat in memory."""
    files.write(file_key(export), chunks, content_type=content_type)


def drop_parts(export: Export) -> int:
    """Delete the parts."""
    return files.delete_prefix(f"{folder(export)}parts/")


def drop(export: Export) -> int:
    """Delete all objects of an export."""
    return files.delete_prefix(folder(export))


def _lines(export: Export, number: int) -> Iterator[str]:
    with gzip.open(io.BytesIO(files.get(_key(export, number))), "rt", encoding="utf-8", newline="\n") as text:
        yield from text


def _key(export: Export, number: int) -> str:
    return f"{folder(export)}parts/{number:06}.jsonl.gz"
