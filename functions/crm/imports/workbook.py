"""The parts of an XLSX file beside its sheets: which there are, where, and what its styles mean."""

import posixpath
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm.imports import archives, markup
from crm.imports.reading import FileRefused

_MOST_PART = 1 << 26
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NO_LETTERS_OF_DATES = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.|General', re.IGNORECASE)
_OF_DATES = re.compile("[dmyhs]", re.IGNORECASE)
_1900, _1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - wall times without a zone
_LAST = 2_958_466
_FALSE_LEAP_DAY = 60


@dataclass(frozen=True)
class SheetPart:
    """A sheet and the member of the archive that holds it."""

    name: str
    hidden: bool
    member: str


@dataclass
class Workbook:
    """What is common to all sheets."""

    sheets: list[SheetPart] = field(default_factory=list)
    strings: str | None = None
    dated: frozenset[int] = frozenset()
    since_1904: bool = False


@dataclass
class _Tags:
    """Keeps the start tags of small parts, in order."""

    found: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append((name, markup.local(attributes)))

    def end(self, name: str) -> None: ...

    def text(self, read: str) -> None: ...


def read(archive: zipfile.ZipFile) -> Workbook:
    """The workbook. Raises FileRefused."""
    names = set(archive.namelist())
    relations = _relations(archive) if "xl/_rels/workbook.xml.rels" in names else {}
    book = Workbook()
    for name, found in _tags(archive, "xl/workbook.xml"):
        if name == "workbookPr":
            book.since_1904 = found.get("date1904") in {"1", "true"}
        elif name == "sheet":
            kind, member = relations.get(found.get("id", ""), ("", ""))
            if kind == "worksheet" and member in names:
                book.sheets.append(SheetPart(found.get("name", ""), found.get("state", "visible") != "visible", member))
    parts = dict(relations.values())
    book.strings = parts["sharedStrings"] if parts.get("sharedStrings") in names else None
    if parts.get("styles") in names:
        book.dated = _dated(_tags(archive, parts["styles"]))
    return book


def moment(serial: str, *, since_1904: bool) -> str | None:
    """Excel's count of days as ISO text: a day, a day and time, or a time alone; None for what is no count of days."""
    days = float(serial)
    if not 0 <= days < _LAST:
        return None
    whole, seconds = int(days), round(days % 1 * 86400)
    if whole == _FALSE_LEAP_DAY and not since_1904:
        return "1900-02-29"
    origin = _1904 if since_1904 else _1900 + timedelta(days=whole < _FALSE_LEAP_DAY)
    at = origin + timedelta(days=whole, seconds=seconds)
    if days < 1:
        return f"{at:%H:%M:%S}"
    return f"{at:%Y-%m-%d}" if seconds % 86400 == 0 else f"{at:%Y-%m-%d %H:%M:%S}"


def _relations(archive: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """(kind, member) by id."""
    return {
        found.get("Id", ""): (
            found.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/xl", found.get("Target", ""))).lstrip("/"),
        )
        for name, found in _tags(archive, "xl/_rels/workbook.xml.rels")
        if name == "Relationship"
    }


def _dated(tags: Iterable[tuple[str, dict[str, str]]]) -> frozenset[int]:
    """The styles (numbers of cellXfs) that show a number as a date or a time."""
    formats: dict[str, str] = {}
    dated: list[int] = []
    inside, style = False, 0
    for name, found in tags:
        if name == "numFmt":
            formats[found.get("numFmtId", "")] = found.get("formatCode", "")
        elif name in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            inside = name == "cellXfs"
        elif name == "xf" and inside:
            if _shows_dates(found.get("numFmtId", "0"), formats):
                dated.append(style)
            style += 1
    return frozenset(dated)


def _shows_dates(number: str, formats: dict[str, str]) -> bool:
    if number in formats:
        return bool(_OF_DATES.search(_NO_LETTERS_OF_DATES.sub("", formats[number])))
    return number.isdigit() and int(number) in _BUILT_IN_DATES


def _tags(archive: zipfile.ZipFile, member: str) -> list[tuple[str, dict[str, str]]]:
    if archive.getinfo(member).file_size > _MOST_PART:
        raise FileRefused("too_large_inside", f"its part {member} is larger than any table's", "save the table alone")
    listener = _Tags()
    for _ in markup.heard(archives.pieces(archive, member), listener):
        pass
    return listener.found
