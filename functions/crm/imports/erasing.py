"""Takes a person out of the files that were imported: uploads, rows, plans, results and what is there to download.

A row that holds an address of theirs, or an id, goes as a whole, with the name in it, and with it all that was said
about its line. A row that was refused goes for the name alone: nobody was made of it, so no undo needs it. The other
rows stay, so that the import can still be undone. A file that waits to be read goes whole, if it may hold the person.
"""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from crm.core import files
from crm.core.places import Person
from crm.imports import opening, refused
from crm.imports.models import PARTITION, Import
from crm.imports.pieces import folder
from crm.templates.rules import LANGUAGES

_WORD = re.compile(r"\w+")
_NO_DIGIT = re.compile(r"\D+")
# A file may write a phone number without its country code.
_LAST_DIGITS = 8
_BLOCK_BYTES = 4 << 20
# Longer than an address in two bytes a letter: one that stands across two blocks is found as well.
_OVERLAP_BYTES = 1 << 10
_SPREADSHEET = b"PK"
_AT_WORK = frozenset({"inspecting", "checking", "running", "undoing"})


def erase(person: Person) -> int:
    """Take a person out of all imports; how many objects were changed. Again it finds nothing more."""
    imports = Import.query(PARTITION, Import.sk.startswith("IMPORT#"), consistent_read=True)
    return sum(_from_import(item, person) for item in imports)


def is_busy() -> bool:
    """Whether a function may be reading a file, or writing what became of its rows."""
    imports = Import.query(PARTITION, Import.sk.startswith("IMPORT#"), consistent_read=True)
    return any(item.state in _AT_WORK for item in imports)


def _from_import(item: Import, person: Person) -> int:
    import_id = item.import_id
    changed = _from_inspection(import_id, person)
    packed = [found.key for found in files.listed(folder(import_id)) if found.key.endswith(".gz")]
    theirs = _lines_of(packed, person)
    changed += sum(_from_piece(key, person, theirs) for key in packed)
    changed += sum(_changed(refused.key(import_id, code), partial(_table_without, person)) for code in LANGUAGES)
    changed += _changed(f"{folder(import_id)}preview.json", lambda text: "[]" if _means(text, person) else text)
    # What the rows came from holds them, too. An upload is gone after the run anyway.
    source = item.nightly or f"uploads/{import_id}/"
    waiting = [found.key for found in files.listed(source)]
    if changed or any(_may_hold(key, person) for key in waiting):
        changed += files.delete_prefix(source)
    return changed


def _from_inspection(import_id: str, person: Person) -> int:
    """Without all samples, if they hold the person; how the file is read stays, for an undo."""
    found = opening.inspection(import_id)
    samples = [cell for column in found.columns for cell in column.samples] if found else []
    if found is None or not any(_means(text, person) for text in (*samples, *map(repr, found.sample))):
        return 0
    columns = tuple(replace(column, samples=()) for column in found.columns)
    opening.keep(import_id, replace(found, columns=columns, sample=(), questions=()))
    return 1


def _lines_of(keys: Iterable[str], person: Person) -> set[int]:
    """Which lines of the file are about the person."""
    not_taken, rows = set[int](), list[tuple[int, bool, str]]()
    for key in keys:
        for text in _unpacked(key):
            line, said = json.loads(text), "/rows/" in key
            if said and (_holds(text, person) or _names(" ".join(line[1]), person)):
                rows.append((line[0], _holds(text, person), text))
            not_taken |= {int(one["line"]) for one in _outcomes(line) if one["result"] == "refused"}
    return {number for number, is_certain, _ in rows if is_certain or number in not_taken}


def _from_piece(key: str, person: Person, theirs: set[int]) -> int:
    before = _unpacked(key)
    left = [text for text in before if not (_holds(text, person) or _about(json.loads(text)) & theirs)]
    if len(left) == len(before):
        return 0
    files.put(key, gzip.compress("\n".join(left).encode("utf-8", "surrogatepass"), 5, mtime=0))
    return 1


def _unpacked(key: str) -> list[str]:
    text = gzip.decompress(files.get(key)).decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []


def _outcomes(line: Any) -> list[dict[str, Any]]:
    return list(line["outcomes"]) if isinstance(line, dict) else []


def _about(line: Any) -> set[int]:
    """The lines of the file that a line of a piece is about: a row or what was seen before it, or a deed."""
    return {int(one["line"]) for one in _outcomes(line)} if isinstance(line, dict) else {int(line[0])}


def _changed(key: str, without: Any) -> int:
    try:
        text = files.get(key).decode("utf-8", "surrogatepass")
    except files.FileMissing:
        return 0
    left = without(text)
    if left != text:
        files.put(key, left.encode("utf-8", "surrogatepass"))
    return int(left != text)


def _table_without(person: Person, text: str) -> str:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    left = [row for row in rows if not _means(" ".join(row), person)]
    if len(left) == len(rows):
        return text
    out = io.StringIO(newline="")
    csv.writer(out).writerows(left)
    return out.getvalue()


def _may_hold(key: str, person: Person) -> bool:
    """Whether a file that waits holds the person, read in blocks; nobody looks into a packed one."""
    before = b""
    with files.stream(key) as source:
        while block := source.read(_BLOCK_BYTES):
            # Without its zeros UTF-16 is as good as ASCII for an address.
            text = (before + block).replace(b"\0", b"").decode("utf-8", "replace")
            if block.startswith(_SPREADSHEET) or any(_means(line, person) for line in text.splitlines()):
                return True
            before = block[-_OVERLAP_BYTES:]
    return False


def _means(text: str, person: Person) -> bool:
    return _holds(text, person) or _names(text, person)


def _names(text: str, person: Person) -> bool:
    words = _words(text)
    return any(_words(name) in words for name in person.names)


def _words(text: str) -> str:
    return " ".join(["", *_WORD.findall(text.casefold()), ""])


def _holds(line: str, person: Person) -> bool:
    if any(one in line for one in person.ids) or any(one.lower() in line.lower() for one in person.addresses):
        return True
    phones = [_NO_DIGIT.sub("", address) for address in person.addresses if "@" not in address]
    digits = _NO_DIGIT.sub("", line) if phones else ""
    return any(phone[-_LAST_DIGITS:] in digits for phone in phones if len(phone) >= _LAST_DIGITS)
