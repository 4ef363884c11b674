"""Promises about every file: what is written is read, from wherever reading goes on, and nothing breaks the reader."""

from __future__ import annotations

import csv
import zipfile
from io import BytesIO, StringIO
from itertools import islice
from typing import Literal
from unicodedata import category

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from crm.imports import kinds
from crm.imports.inspecting import inspect
from crm.imports.kinds import Kind
from crm.imports.reading import FileRefused, Reading, Row
from crm.imports.rows import rows
from crm.imports.translating import translated
from tests.imports.reading.sent import SHOP, TODAY
from tests.support import sheets

LETTERS = {
    "utf-8": "aZé€ \n\r\"',;|^\tسনनש0=+-@#😀\u0a0a\u0d0d",
    "utf-16-le": "aZé€ \n\r\"',;|^\tسনनש0=+-@#😀\u0a0a\u0d0d\u0a0d\u0d0a",
    "utf-16-be": "aZé€ \n\r\"',;|^\tسনनש0=+-@#😀\u0a0a\u0d0d\u0a0d\u0d0a",
    "cp1252": "aZé€ \n\r\"',;|^\t–0=+-@#",
    "cp1255": "aZ€ \n\r\"',;|^\tשלום0=+-@#",
    "cp1256": "aZé€ \n\r\"',;|^\tسلام پچگ0=+-@#",
}
MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
QUICK = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def as_seen(cell: str) -> bool:
    """Whether the cell is as people see it: neither spaces around it, nor what programs put around values."""
    return cell == cell.strip(" \t\r\n\0\ufeff\xa0") and cell[:1] not in {"'", "="}


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[bytes, Reading, list[list[str]]]:
    encoding = draw(st.sampled_from(sorted(LETTERS)))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|", "^", "s"]))
    width = draw(st.integers(1, 5))
    cell = st.text(LETTERS[encoding], max_size=8).filter(as_seen)
    table = draw(st.lists(st.lists(cell, min_size=width, max_size=width).filter(any), max_size=8))
    text = StringIO()
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    # Before 3.13 a lone CR or LF is quoted only where it is part of the end of lines.
    minimal = end == "\r\n" and draw(st.booleans())
    quoting: Literal[0, 1] = csv.QUOTE_MINIMAL if minimal else csv.QUOTE_ALL
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([["h"] * width, *table])
    mark = MARKS.get(encoding, b"") if draw(st.booleans()) else b""
    return mark + text.getvalue().encode(encoding), Reading("csv", ("h",) * width, 1, encoding, delimiter), table


@QUICK
@given(written_tables())
def test_what_is_written_is_read_whatever_the_encoding_and_the_delimiter(
    file: tuple[bytes, Reading, list[list[str]]],
) -> None:
    written, reading, table = file
    assert [list(row.cells) for row in rows(BytesIO(written), reading=reading)] == table


def goes_on(written: bytes, reading: Reading) -> None:
    """Reading from behind each row gives the rest, and the positions cover the file in order."""
    whole = list(rows(BytesIO(written), reading=reading))
    for number, row in enumerate(whole):
        assert list(rows(BytesIO(written), reading=reading, start=row.position)) == whole[number + 1 :]
        assert row.position.offset <= len(written)


@QUICK
@given(written_tables())
def test_reading_goes_on_behind_any_row(file: tuple[bytes, Reading, list[list[str]]]) -> None:
    goes_on(*file[:2])


@QUICK
@given(
    st.lists(st.sampled_from(['"', '""', ",", "a", "\n", "\r", "\r\n", " ", "\0", "é", "\ufeff"]), max_size=40),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "cp1252"]),
)
@example(['"', "a", "\n", "b", "\n", "c", '"', "x", "\n", "d"], "utf-8")
def test_reading_goes_on_behind_any_row_of_a_torn_file(pieces: list[str], encoding: str) -> None:
    assume(encoding != "cp1252" or "\ufeff" not in pieces)
    goes_on("".join(pieces).encode(encoding), Reading("csv", ("h", "i"), 0, encoding))


@QUICK
@given(st.binary(max_size=60), st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "cp1252", "gb18030"]))
def test_reading_goes_on_behind_any_row_of_any_bytes(written: bytes, encoding: str) -> None:
    goes_on(written, Reading("csv", ("h",), 0, encoding, short="pad"))


def taken(written: bytes, kind: Kind) -> list[Row]:
    """What happens to any file: it is refused with a reason, or its rows are values or problems."""
    try:
        found = inspect(BytesIO(written), kind=kind, today=TODAY, business=SHOP)
        assert bool(found.refusals) != bool(found.reading)
        if not found.reading or not found.mapping:
            return []
        read = list(islice(rows(BytesIO(written), reading=found.reading), 50))
    except FileRefused:
        return []
    for row in read:
        came = translated(row, mapping=found.mapping, kind=kind, today=TODAY)
        assert came.problems or kind.schema.model_validate(came.values)
        assert all(problem.reason and problem.remedy for problem in came.problems)
    return read


KINDS = st.sampled_from([kinds.CUSTOMERS, kinds.PURCHASES, kinds.INTERACTIONS])


@QUICK
@given(st.binary(max_size=200), KINDS)
def test_no_bytes_break_the_reader(written: bytes, kind: Kind) -> None:
    taken(written, kind)


HEADERS = [
    "name,phone,birthday,email,marketing,age,tags,language",
    "customer id;amount;date;quantity;product;currency",
    "customer phone\tdate\tkind\tsummary",
]
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["0300 1234567", "+92", "9.2E+11", "31/12/1999", "1.234", "1,5", "٣٤", "0000-00-00", "29/02/2023"]),
    st.from_regex(r"[0-9]{1,5}[-/. ,:][0-9]{1,4}([-/. ,:TZ][0-9]{1,5})?", fullmatch=True),
    st.sampled_from(["12:61", "1/1/1 25:99 PM", "1990-01-01T00:00:00+99:99", "=1", "'=", "#REF!", "Feb 30", "²", "๑"]),
)


@QUICK
@example(HEADERS[1], [["7", "1", "1990-01-01T00:00:00+99:99"]], kinds.PURCHASES)
@given(st.sampled_from(HEADERS), st.lists(st.lists(CELLS, max_size=8), max_size=6), KINDS)
def test_no_cells_break_the_reader(header: str, table: list[list[str]], kind: Kind) -> None:
    delimiter = next(mark for mark in ",;\t" if mark in header)
    text = StringIO()
    csv.writer(text, delimiter=delimiter).writerows(table)
    taken(f"{header}\n{text.getvalue()}".encode("utf-8", "surrogatepass"), kind)


PEOPLE = {
    "P": {"rows": [["Name", "Phone", "Birthday"], ["Ali", 923001234567, {"date": 33006}], [{"shared": "B"}, "x"]]}
}
WHOLE = [sheets.xlsx(PEOPLE), sheets.ods({"P": {"rows": [["Name", "Birthday"], ["Ali", {"date": "1990-05-13"}]]}})]


@QUICK
@given(st.sampled_from(WHOLE), st.data())
def test_no_spoilt_archive_breaks_the_reader(whole: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        spoilt[place] = data.draw(st.integers(0, 255))
    taken(bytes(spoilt[: data.draw(st.integers(30, len(whole)))]), kinds.CUSTOMERS)


@QUICK
@given(st.sampled_from(WHOLE), st.data())
def test_no_spoilt_xml_breaks_the_reader(whole: bytes, data: st.DataObject) -> None:
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    part = parts[name]
    begin = data.draw(st.integers(0, len(part)))
    end = min(len(part), begin + data.draw(st.integers(0, 20)))
    piece = st.sampled_from(
        [b"", b"<c>", b'r="A99999999"', b't="s"', b"<v>-1</v>", b"&lt;", b"<!--", b'"', b"999999999", b"NaN"]
    )
    parts[name] = part[:begin] + data.draw(piece) + part[end:]
    taken(sheets.archive(parts), kinds.CUSTOMERS)


def test_the_alphabets_are_of_their_encodings() -> None:
    assert all(letters.encode(encoding) for encoding, letters in LETTERS.items())
    assert all(category(letter) != "Cs" for letters in LETTERS.values() for letter in letters)
