"""What a file is, by its first bytes and never by its name; what is no table is refused with the remedy."""

import zipfile
from typing import BinaryIO

from crm.imports.reading import FileRefused, Format

SAVE_AS = "open it in a spreadsheet program and save it as XLSX, ODS or CSV"
_REFUSED: tuple[tuple[bytes, str, str, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "old_excel",
        "it is an old Excel file, or has a password",
        SAVE_AS,
    ),
    (b"\x1f\x8b", "compressed", "it is compressed (gzip)", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "compressed", "it is compressed (7z)", "unpack it first"),
    (b"Rar!", "compressed", "it is compressed (RAR)", "unpack it first"),
    (b"%PDF", "pdf", "it is a PDF", "export the table from the program that made it, as CSV or XLSX"),
    (b"\x89PNG", "picture", "it is a picture", "export the table from the program that made it"),
    (b"\xff\xd8\xff", "picture", "it is a picture", "export the table from the program that made it"),
    (b"BEGIN:VCARD", "vcard", "it is an address book in vCard format", "export the contacts as CSV"),
    (b"SQLite format 3\0", "database", "it is a database", "export the table as CSV"),
    (b"PAR1", "database", "it is a Parquet file", "export the table as CSV"),
    (b"\xff\xfe\0\0", "utf_32", "it is in UTF-32", "save it as UTF-8"),
    (b"\0\0\xfe\xff", "utf_32", "it is in UTF-32", "save it as UTF-8"),
)
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<meta", b"<style")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def detect(source: BinaryIO) -> Format:
    """The format. Raises FileRefused."""
    source.seek(0)
    head = source.read(4096)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise FileRefused("empty", "the file is empty", "choose the file with the table")
    for magic, code, reason, remedy in _REFUSED:
        if head.startswith(magic):
            raise FileRefused(code, reason, remedy)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_zip(source)
    begins = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if begins.startswith(_MARKUP):
        raise FileRefused("markup", "it is a web page or XML, whatever its name says", SAVE_AS)
    if begins.startswith((b"{", b'[{"', b"[\n", b"[\r\n")):
        raise FileRefused("json", "it is JSON", "export the table as CSV or XLSX")
    return "csv"


def _in_zip(source: BinaryIO) -> Format:
    try:
        with zipfile.ZipFile(source) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:100] if "mimetype" in names and _small(archive) else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as bad:
        raise FileRefused("damaged", "the file is damaged or was not uploaded whole", "upload it again") from bad
    if "xl/workbook.xml" in names:
        return "xlsx"
    if kind.strip() == _ODS or "content.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        raise FileRefused("binary_excel", "it is a binary Excel file (XLSB)", SAVE_AS)
    if any(name.startswith("Index/") for name in names):
        raise FileRefused("numbers", "it is a file of Numbers", "export it as XLSX or CSV")
    raise FileRefused("zip", "it is a ZIP archive and no spreadsheet", "unpack it, and import what is inside")


def _small(archive: zipfile.ZipFile) -> bool:
    return archive.getinfo("mimetype").file_size < 1000
