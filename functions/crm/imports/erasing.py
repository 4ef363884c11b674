"""Takes a person out of the files that were imported: rows, plans, results and what is there to download.

A row that holds an address of theirs, or their id, goes as a whole, with the name in it. The other rows stay, so that
the import can still be undone. A file that waits for its inspection as a spreadsheet is not looked into: like all
files it is forgotten after 30 days.
"""

import gzip
import re
from dataclasses import replace

from crm.core import files
from crm.core.places import Person
from crm.imports import opening
from crm.imports.models import PARTITION, Import
from crm.imports.pieces import folder

_NO_DIGIT = re.compile(r"\D+")
# A file may write a phone number without its country code.
_LAST_DIGITS = 8


def erase(person: Person) -> int:
    """Take a person out of all imports; how many objects were changed. Again it finds nothing more."""
    imports = Import.query(PARTITION, Import.sk.startswith("IMPORT#"), consistent_read=True)
    return sum(_from_import(item.import_id, person) for item in imports)


def _from_import(import_id: str, person: Person) -> int:
    changed = _from_inspection(import_id, person)
    for found in list(files.listed(folder(import_id))):
        packed = found.key.endswith(".gz")
        body = files.get(found.key)
        text = (gzip.decompress(body) if packed else body).decode("utf-8", "surrogatepass")
        left = text if found.key.endswith("/inspection.json") else _without(text, person)
        if left != text:
            rest = left.encode("utf-8", "surrogatepass")
            files.put(found.key, gzip.compress(rest, 5, mtime=0) if packed else rest)
            changed += 1
    # What the rows came from holds them, too. After the run it is gone anyway.
    return changed + (files.delete_prefix(f"uploads/{import_id}/") if changed else 0)


def _from_inspection(import_id: str, person: Person) -> int:
    """Without all samples, if they hold the person; how the file is read stays, for an undo."""
    found = opening.inspection(import_id)
    samples = [cell for column in found.columns for cell in column.samples] if found else []
    if found is None or not any(_holds(text, person) for text in (*samples, *map(repr, found.sample))):
        return 0
    columns = tuple(replace(column, samples=()) for column in found.columns)
    opening.keep(import_id, replace(found, columns=columns, sample=(), questions=()))
    return 1


def _without(text: str, person: Person) -> str:
    """The lines that do not hold the person; of the preview, which is one line, nothing."""
    if text.startswith("[{") and "\n" not in text:
        return "[]" if _holds(text, person) else text
    return "\n".join(line for line in text.split("\n") if not _holds(line, person))


def _holds(line: str, person: Person) -> bool:
    if person.customer_id in line or any(address.lower() in line.lower() for address in person.addresses):
        return True
    phones = [_NO_DIGIT.sub("", address) for address in person.addresses if "@" not in address]
    digits = _NO_DIGIT.sub("", line) if phones else ""
    return any(phone[-_LAST_DIGITS:] in digits for phone in phones if len(phone) >= _LAST_DIGITS)
