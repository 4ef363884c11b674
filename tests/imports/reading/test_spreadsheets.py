"""XLSX and ODS: what a person sees in a sheet is what is read, within limits, and nothing of it is calculated."""

from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from crm.imports import archives, xlsx
from crm.imports.reading import FileRefused
from crm.imports.rows import rows
from tests.imports.reading.sent import asked, looked_at, meant, read
from tests.support import sheets

CELL = '<table:table-cell {repeated} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
HEADED = ("Name", "Ali")
PEOPLE = [["Name", "Phone", "Birthday"], ["Ali", 923001234567, {"date": 33006}], ["سنیتا", "+923007654321", None]]


def codes(content: bytes) -> list[str]:
    return [refusal.code for refusal in looked_at(content).refusals]


def cities(content: bytes, merged: str) -> list[str]:
    return [row.cells[1] for row in read(content, looked_at(content, reading__merged=merged))]


def test_numbers_keep_their_digits_and_dates_are_days() -> None:
    file = sheets.xlsx({"People": {"rows": PEOPLE}})
    found = looked_at(file, mapping__country="PK")
    assert found.questions == ()
    assert [row.values for row in meant(file, found)] == [
        {"name": "Ali", "phone": "+923001234567", "birthday": "1990-05-13"},
        {"name": "سنیتا", "phone": "+923007654321"},
    ]


def test_days_since_1904_are_known_by_the_file() -> None:
    file = sheets.xlsx({"People": {"rows": [["Name", "Birthday"], ["Ali", {"date": 31544}]]}}, since_1904=True)
    assert meant(file, looked_at(file))[0].values["birthday"] == "1990-05-13"


def test_an_ods_file_says_the_same() -> None:
    people = [["Name", "Phone", "Birthday"], ["Ali", 923001234567, {"date": "1990-05-13"}], ["سنیتا", "+923007654321"]]
    file = sheets.ods({"People": {"rows": people}})
    found = looked_at(file, mapping__country="PK")
    assert found.questions == ()
    assert [row.values for row in meant(file, found)] == [
        {"name": "Ali", "phone": "+923001234567", "birthday": "1990-05-13"},
        {"name": "سنیتا", "phone": "+923007654321"},
    ]


@pytest.mark.parametrize("make", [sheets.xlsx, sheets.ods])
def test_one_of_several_sheets_is_asked_for_and_no_hidden_or_empty_one(make: Callable[..., bytes]) -> None:
    rows = [["Name"], ["Ali"]]
    two = make({"Old": {"rows": [["Name"], ["Bibi"]]}, "New": {"rows": rows}, "None": {"rows": []}})
    assert asked(looked_at(two)) == {"/reading/sheet": "Old"}
    assert [row.cells for row in read(two, looked_at(two, reading__sheet="New"))] == [("Ali",)]
    hidden = make({"Secret": {"rows": rows, "hidden": True}, "Shown": {"rows": [["Name"], ["Bibi"]]}})
    found = looked_at(hidden)
    assert asked(found) == {}
    assert [row.cells for row in read(hidden, found)] == [("Bibi",)]
    assert [(sheet.name, sheet.hidden) for sheet in found.sheets] == [("Secret", True), ("Shown", False)]


def test_cells_merged_over_rows_are_asked_about() -> None:
    rows = [["Name", "City"], ["Ali", "Lahore"], ["Bibi", ""], ["Chand", "Quetta"]]
    file = sheets.xlsx({"P": {"rows": rows, "merged": ["B2:B3"]}})
    assert asked(looked_at(file)) == {"/reading/merged": "first"}
    assert [row.cells[1] for row in read(file, looked_at(file, reading__merged="fill"))] == [
        "Lahore",
        "Lahore",
        "Quetta",
    ]
    assert cities(file, "first") == ["Lahore", "", "Quetta"]


def test_merged_cells_of_ods_too() -> None:
    span = CELL.format(repeated='table:number-rows-spanned="2"', text="Lahore")
    below = {"raw": "<table:covered-table-cell/>"}
    rows = [["Name", "City"], ["Ali", {"raw": span}], ["Bibi", below], ["Chand", "Quetta"]]
    file = sheets.ods({"P": {"rows": rows}})
    assert asked(looked_at(file)) == {"/reading/merged": "first"}
    assert [row.cells[1] for row in read(file, looked_at(file, reading__merged="fill"))] == [
        "Lahore",
        "Lahore",
        "Quetta",
    ]


def test_formulas_give_their_results_and_errors_are_refused() -> None:
    rows = [
        ["Name", "City"],
        ["Ali", {"formula": "UPPER(A2)", "value": "LAHORE"}],
        ["Bibi", {"formula": "A1&B1"}],
        ["Chand", {"error": "#REF!"}],
    ]
    file = sheets.xlsx({"P": {"rows": rows}})
    found = meant(file, looked_at(file))
    assert found[0].values["address"] == "LAHORE"
    assert [row.problems[0].reason for row in found[1:]] == [
        "the cell holds a formula without its result",
        "#REF! is the error of a formula",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("923001234567", "923001234567"),
        ("9.23001234567E11", "923001234567"),
        ("29.299999999999997", "29.3"),
        ("1.234", "1.2340"),
        ("12345678901234567", "1.23456789012346E+16"),
        ("1.5E-5", "0.000015"),
    ],
)
def test_a_number_has_the_fifteen_digits_that_are_kept(written: str, shown: str) -> None:
    assert xlsx.number(written) == shown


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE a [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_and_document_types_are_refused(kind: str, prologue: str) -> None:
    good = (sheets.xlsx if kind == "xlsx" else sheets.ods)({"P": {"rows": PEOPLE[:1]}})
    member = "xl/worksheets/sheet1.xml" if kind == "xlsx" else "content.xml"
    with zipfile.ZipFile(BytesIO(good)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = prologue.encode() + parts[member]
    assert codes(sheets.archive(parts)) == ["entities"]


def test_a_zip_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = sheets.archive({"xl/workbook.xml": b" " * (1 << 25)})
    with zipfile.ZipFile(BytesIO(bomb)) as archive:
        member = archive.getinfo("xl/workbook.xml")
        assert member.file_size > archives.MOST_RATIO * member.compress_size / 1.1
    tracemalloc.start()
    assert codes(bomb) == ["too_large_inside"]
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    good = bytearray(sheets.xlsx({"P": {"rows": PEOPLE}}))
    central = good.rfind(b"PK\x01\x02")
    good[central + 24 : central + 28] = (5).to_bytes(4, "little")
    assert codes(bytes(good)) == ["damaged"]


def test_a_string_shared_by_many_cells_costs_its_size_once() -> None:
    long = "x" * 1_000_000
    table = [["Name"], [{"shared": long}], *([{"raw": f'<c r="A{n}" t="s"><v>0</v></c>'}] for n in range(3, 2000))]
    file = sheets.xlsx({"P": {"rows": table}})
    found = looked_at(file)
    tracemalloc.start()
    assert {row.problems[0].reason for row in read(file, found)} == {"the cell is longer than 131,072 characters"}
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_rows_and_cells_repeated_a_million_times_cost_nothing() -> None:
    blank = '<table:table-cell table:number-columns-repeated="16000"/>'
    name, ali = (f"<table:table-row>{CELL.format(repeated='', text=text)}{blank}</table:table-row>" for text in HEADED)
    nothing = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    file = sheets.ods({"P": {"raw": name + ali + nothing}})
    assert [row.cells for row in read(file, looked_at(file))] == [("Ali",)]
    wide = CELL.format(repeated='table:number-columns-repeated="999999"', text="Ali")
    assert codes(sheets.ods({"P": {"rows": [[{"raw": wide}]]}})) == ["too_wide"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_excel"),
        (b"%PDF-1.7", "pdf"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"<html><table><tr><td>Name</td></tr></table></html>", "markup"),
        (b'{"name": "Ali"}', "json"),
        (b"BEGIN:VCARD\r\nFN:Ali\r\n", "vcard"),
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (sheets.archive({"people.csv": "name\nAli"}), "zip"),
        (sheets.archive({"xl/workbook.bin": "x"}), "binary_excel"),
        (sheets.xlsx({"P": {"rows": PEOPLE}})[:-30], "damaged"),
        (sheets.xlsx({"P": {"rows": []}}), "empty"),
        (b"name,phone\n", "no_rows"),
    ],
)
def test_what_is_no_table_is_refused_with_the_remedy(content: bytes, code: str) -> None:
    assert codes(content) == [code]
    assert looked_at(content).refusals[0].remedy


def test_reading_goes_on_behind_any_row() -> None:
    file = sheets.xlsx({"P": {"rows": [["Name"], ["Ali"], [""], ["Bibi"], ["Chand"]]}})
    found = looked_at(file)
    assert found.reading
    whole = read(file, found)
    assert [row.line for row in whole] == [2, 4, 5]
    for number, row in enumerate(whole):
        assert list(rows(BytesIO(file), reading=found.reading, start=row.position)) == whole[number + 1 :]


def test_a_sheet_that_is_not_there_is_said() -> None:
    with pytest.raises(FileRefused, match="no sheet"):
        list(xlsx.rows(BytesIO(sheets.xlsx({"P": {"rows": PEOPLE}})), sheet="Q"))
