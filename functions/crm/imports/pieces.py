"""The objects of an import: its rows in pieces of five hundred, what becomes of each, and what people download.

uploads/<import>/<name>                  as it was uploaded
imports/<import>/inspection.json         what was found out about it
imports/<import>/preview.json            ten rows as they would be stored
imports/<import>/<round>/rows/<n>.jsonl.gz       rows: line, cells, problems
imports/<import>/<round>/check|plan|run|undo/<n>.jsonl.gz   deeds: what rows come to
imports/<import>/refused.<language>.csv  rows to correct
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from crm.core import files
from crm.core.reason import kept, of
from crm.imports.deeds import Deed, from_json, to_json
from crm.imports.models import Import
from crm.imports.reading import Position, Problem, Row
from crm.imports.seen import Before

ROWS = 500


def folder(import_id: str) -> str:
    """Where all objects of an import but its upload stand."""
    return f"imports/{import_id}/"


def place(item: Import) -> str:
    """Where the pieces of an import stand, in its present round."""
    return f"{folder(item.import_id)}{item.round}/"


def upload_key(import_id: str) -> str:
    """Where a file is uploaded to. The name that people gave it may be any; it stands in the item."""
    return f"uploads/{import_id}/file"


def put_rows(place: str, number: int, rows: Iterable[Row]) -> None:
    """Store one piece of rows."""
    lines = [
        [row.line, row.cells, [[p.column, p.field, kept(p.reason), kept(p.remedy)] for p in row.problems]]
        for row in rows
    ]
    _put(_key(place, "rows", number), lines)


def rows(place: str, number: int) -> list[Row]:
    """One piece of rows. Raises FileMissing after its 30 days."""
    found = _get(_key(place, "rows", number))
    return [
        Row(line, tuple(cells), Position(0, line), tuple(_problem(*one) for one in problems))
        for line, cells, problems in found
    ]


def _stored(one: Problem) -> list[Any]:
    return [one.column, one.field, kept(one.reason), kept(one.remedy)]


def _problem(column: int | None, field: str, reason: Any, remedy: Any) -> Problem:
    return Problem(column, field, of(reason), of(remedy))


def put_plan(place: str, number: int, deeds: Iterable[Deed]) -> list[Deed]:
    """Store what the rows of a piece are to come to, unless another worker has; what is stored counts for all."""
    made = list(deeds)
    if files.put_new(_key(place, "plan", number), _packed(map(to_json, made))):
        return made
    return deeds_of(place, "plan", number)


def put_seen(place: str, number: int, seen: Mapping[int, Before]) -> None:
    """Store what earlier rows of the file had of a piece's rows, by line."""
    _put(_key(place, "seen", number), [[line, before.times, before.first_line] for line, before in seen.items()])


def seen(place: str, number: int) -> dict[int, Before]:
    """What earlier rows of the file had."""
    return {line: Before(times, first) for line, times, first in _get(_key(place, "seen", number))}


def put_deeds(place: str, stage: str, number: int, deeds: Iterable[Deed]) -> None:
    """Store what the rows of a piece come to (`check`), are to come to (`plan`), or came to (`run`, `undo`)."""
    _put(_key(place, stage, number), map(to_json, deeds))


def deeds_of(place: str, stage: str, number: int) -> list[Deed]:
    """What was stored. Raises FileMissing."""
    return [from_json(one) for one in _get(_key(place, stage, number))]


def deeds(place: str, stage: str, number: int) -> list[Deed] | None:
    """What was stored; None if nothing was, or it is gone."""
    try:
        return deeds_of(place, stage, number)
    except files.FileMissing:
        return None


def put_document(import_id: str, name: str, document: bytes) -> None:
    """Store a JSON document of an import."""
    files.put(f"{folder(import_id)}{name}.json", document, content_type="application/json")


def document(import_id: str, name: str) -> bytes | None:
    """A JSON document of an import, or None."""
    try:
        return files.get(f"{folder(import_id)}{name}.json")
    except files.FileMissing:
        return None


def _key(place: str, stage: str, number: int) -> str:
    return f"{place}{stage}/{number:06}.jsonl.gz"


def _put(key: str, lines: Iterable[Any]) -> None:
    files.put(key, _packed(lines), content_type="application/gzip")


def _packed(lines: Iterable[Any]) -> bytes:
    text = "\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=_told) for line in lines)
    # `mtime`: the same rows make the same bytes.
    return gzip.compress(text.encode("utf-8", "surrogatepass"), 5, mtime=0)


def _get(key: str) -> list[Any]:
    text = gzip.decompress(files.get(key)).decode("utf-8", "surrogatepass")
    return [json.loads(line, object_hook=_meant) for line in text.split("\n")] if text else []


def _told(value: Any) -> dict[str, str]:
    # Exactly, which a JSON number would not be.
    return {"decimal": str(Decimal(value))}


def _meant(value: dict[str, Any]) -> Any:
    return Decimal(value["decimal"]) if value.keys() == {"decimal"} else value
