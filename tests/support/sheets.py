"""Spreadsheet files made of a description, so that no binary lies in the repository.

A sheet is a list of rows; a row a list of cells; a cell text, a number, or a mapping: {"raw": the cell's XML},
{"date": a number of days}, {"formula": …, "value": …}, {"error": "#REF!"}, {"bool": true}, {"shared": text}.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Rows = Sequence[Sequence[Any]]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_ODS = "urn:oasis:names:tc:opendocument:xmlns"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def xlsx(sheets: Mapping[str, Mapping[str, Any]], *, since_1904: bool = False) -> bytes:
    """An XLSX file. Each sheet: {"rows": …, "hidden": …, "merged": ["A1:B2"]}."""
    strings: list[str] = []
    parts = {
        f"xl/worksheets/sheet{number}.xml": _sheet(sheet, strings)
        for number, sheet in enumerate(sheets.values(), start=1)
    }
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}" state="{_state(sheet)}"/>'
        for n, (name, sheet) in enumerate(sheets.items(), start=1)
    )
    properties = '<workbookPr date1904="1"/>' if since_1904 else ""
    listed = f"{properties}<sheets>{listed}</sheets>"
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATED}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    related += f'<Relationship Id="s" Type="{_RELATED}/styles" Target="styles.xml"/>'
    related += f'<Relationship Id="t" Type="{_RELATED}/sharedStrings" Target="sharedStrings.xml"/>'
    written = "".join(f"<si><t>{escape(string)}</t></si>" for string in strings)
    parts |= {
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">{listed}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": _STYLES,
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{written}</sst>',
    }
    return archive(parts)


def ods(sheets: Mapping[str, Mapping[str, Any]]) -> bytes:
    """An ODS file. Each sheet: {"rows": …, "hidden": …, "raw": XML instead of rows}."""
    hidden = (
        '<style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    tables = "".join(
        f'<table:table table:name={quoteattr(name)} table:style-name="{"h" if sheet.get("hidden") else "v"}">'
        + (sheet.get("raw") or "".join(map(_ods_row, sheet["rows"])))
        + "</table:table>"
        for name, sheet in sheets.items()
    )
    spaces = " ".join(f'xmlns:{name}="{_ODS}:{name}:1.0"' for name in ("office", "table", "text", "style"))
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{hidden}</office:automatic-styles><office:body>"
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    return archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of these members."""
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts.items():
            made.writestr(zipfile.ZipInfo(name), part, compress_type=zipfile.ZIP_DEFLATED)
    return kept.getvalue()


def _state(sheet: Mapping[str, Any]) -> str:
    return "hidden" if sheet.get("hidden") else "visible"


def _sheet(sheet: Mapping[str, Any], strings: list[str]) -> str:
    rows = "".join(
        f'<row r="{n}">{"".join(_cell(f"{_letters(i)}{n}", cell, strings) for i, cell in enumerate(row))}</row>'
        for n, row in enumerate(sheet["rows"], start=1)
    )
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in sheet.get("merged", ()))
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData><mergeCells>{merged}</mergeCells></worksheet>'


def _cell(place: str, cell: Any, strings: list[str]) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool | int | float):
        return f'<c r="{place}"><v>{cell}</v></c>'
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    (kind, value), *_ = cell.items()
    if kind == "shared":
        strings.append(value)
        return f'<c r="{place}" t="s"><v>{len(strings) - 1}</v></c>'
    result = f"<v>{cell['value']}</v>" if "value" in cell else ""
    made = {
        "date": f'<c r="{place}" s="2"><v>{value}</v></c>',
        "formula": f'<c r="{place}" t="str"><f>{escape(str(value))}</f>{result}</c>',
        "error": f'<c r="{place}" t="e"><v>{value}</v></c>',
        "bool": f'<c r="{place}" t="b"><v>{int(bool(value))}</v></c>',
        "raw": str(value),
    }
    return made[kind]


def _ods_row(row: Sequence[Any]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Any) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, int | float):
        return _ods_value(f'"float" office:value="{cell}"', str(cell))
    if isinstance(cell, str):
        return _ods_value('"string"', cell)
    (kind, value), *_ = cell.items()
    if kind == "date":
        return _ods_value(f'"date" office:date-value="{value}"', "?")
    return str(value)


def _ods_value(kind: str, shown: str) -> str:
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in shown.split("\n"))
    return f"<table:table-cell office:value-type={kind}>{lines}</table:table-cell>"


def _letters(index: int) -> str:
    return (_letters(index // 26 - 1) if index > 25 else "") + chr(ord("A") + index % 26)
