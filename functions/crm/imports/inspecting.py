"""Looks at a file before anything of it is taken: what it is, how surely, and what has to be asked."""

import hashlib
from collections import Counter
from collections.abc import Mapping as Answers
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice, pairwise
from typing import BinaryIO, cast

from crm.business.rules import Business
from crm.imports import columns, delimiters, encodings, formats, spreadsheets, uses, words
from crm.imports.asking import Asking
from crm.imports.kinds import Kind
from crm.imports.reading import (
    MOST_COLUMNS,
    Choice,
    FileRefused,
    Format,
    Guess,
    Inspection,
    Merged,
    Reading,
    Refusal,
    Row,
    Sheet,
    Short,
)
from crm.imports.rows import raw, rows
from crm.imports.separated import Raw

_MOST_ROWS = 10_000
_MOST_CELLS = 500_000
_SHOWN = 10
_Table = list[Raw]


@dataclass(frozen=True)
class _Opened:
    """A file whose rows can be read, though not yet below which headers."""

    reading: Reading
    encoding: Guess[str] | None = None
    delimiter: Guess[str] | None = None
    sheets: tuple[Sheet, ...] = ()


def inspect(
    source: BinaryIO, *, kind: Kind, today: date, business: Business, decided: Answers[str, str] | None = None
) -> Inspection:
    """All that can be found out about a file (`source` must be able to seek) from its first ten thousand rows.

    `decided` are answers to questions of earlier inspections, by their pointers: ask until no question is left.
    Raises InvalidFields for an answer that cannot be meant.
    """
    try:
        return _inspected(source, kind, today, business, Asking(decided or {}))
    except FileRefused as refused:
        return Inspection(refusals=(Refusal(refused.code, refused.why, refused.remedy),))


def _inspected(source: BinaryIO, kind: Kind, today: date, business: Business, asking: Asking) -> Inspection:
    form = formats.detect(source)
    opened = _text(source, asking) if form == "csv" else _spreadsheet(source, form, asking)
    table = _table(source, opened.reading)
    header, line = _header(table, kind, asking)
    reading = _below(opened.reading, table, line, asking)
    if reading.format != "csv":
        reading = replace(reading, merged=_merged(source, reading, asking))
    sample = tuple(islice(rows(source, reading=reading), min(_MOST_ROWS, _MOST_CELLS // len(reading.headers))))
    if not sample:
        raise FileRefused("no_rows", "there are no rows below the headers", "choose the file with the table")
    used = uses.found(reading.headers, sample, kind=kind, today=today, business=business, asking=asking)
    return Inspection(
        format=reading.format,
        reading=reading,
        mapping=used.mapping,
        encoding=opened.encoding,
        delimiter=opened.delimiter,
        header=header,
        sheets=opened.sheets,
        columns=used.columns,
        questions=tuple(asking.questions),
        notes=used.notes + _read_before(sample),
        sample=_shown(sample),
        fingerprint=_fingerprint(reading, kind),
    )


def _text(source: BinaryIO, asking: Asking) -> _Opened:
    head = encodings.head(source)
    encoding = encodings.guess(head)
    known = encodings.choices(encoding, head)
    used = asking.settle("/reading/encoding", encoding, "In which encoding is the file? Which line can be read?", known)
    text = encodings.decoded(head, used or encoding.value)
    if not words.are_written(text):
        raise FileRefused("no_text", "it is neither text nor a spreadsheet", formats.SAVE_AS)
    delimiter = delimiters.guess(text)
    answered = asking.answer("/reading/delimiter", [chr(code) for code in range(1, 0x3000)])
    if answered is None and not delimiter.certain:
        found = [Choice(mark, f"{mark!r} parts the cells") for mark in (delimiter.value, *delimiter.others)]
        asking.ask(
            "/reading/delimiter", "Which character parts the cells of a row?", found, delimiter.value, is_open=True
        )
    mark = answered or delimiter.value
    reading = Reading("csv", (), 0, used or encoding.value, mark, delimiters.spaced(text, mark))
    return _Opened(reading, encoding, delimiter)


def _spreadsheet(source: BinaryIO, form: Format, asking: Asking) -> _Opened:
    found = tuple(spreadsheets.sheets(source, format=form))
    filled = [sheet for sheet in found if not sheet.empty]
    if not filled:
        raise FileRefused("empty", "there is nothing in it", "choose the file with the table")
    shown = [sheet for sheet in filled if not sheet.hidden] or filled
    guess = Guess(shown[0].name, 1.0 if len(shown) == 1 else 0.5, f"{len(shown)} sheets hold something")
    choices = [Choice(sheet.name, f"{sheet.name}{' (hidden)' if sheet.hidden else ''}") for sheet in filled]
    sheet = asking.settle("/reading/sheet", guess, "Which sheet is to be imported?", choices)
    return _Opened(Reading(form, (), 0, sheet=sheet or guess.value), sheets=found)


def _merged(source: BinaryIO, reading: Reading, asking: Asking) -> Merged:
    found = spreadsheets.has_merged_rows(source, reading=reading)
    guess = Guess("first", 0.5 if found else 1.0, "cells are merged over several rows")
    choices = [
        Choice("fill", "its value holds for each row it spans"),
        Choice("first", "it holds for the first row alone"),
    ]
    asks = "Some cells below the headers are merged over several rows. What do they mean?"
    return cast("Merged", asking.settle("/reading/merged", guess, asks, choices) or "first")


def _table(source: BinaryIO, reading: Reading) -> _Table:
    found = islice(raw(source, reading=reading, start=None), 1000)
    table = [row._replace(cells=[cell.strip(" \t\r\n\0\ufeff\xa0") for cell in row.cells]) for row in found]
    table = [row for row in table if any(row.cells)]
    if not table:
        raise FileRefused("empty", "there is nothing in it", "choose the file with the table")
    return table


def _header(table: _Table, kind: Kind, asking: Asking) -> tuple[Guess[bool], int]:
    guess, line = columns.header_line([(row.line, row.cells) for row in table], kind)
    named = [Choice(str(found), f"line {found}: {', '.join(cells)[:100]}") for found, cells, *_ in table[:20]]
    nothing = Choice("0", "there are no headers: the first row is a record")
    likely = Guess(str(line), guess.certainty, guess.why)
    asks = "Which line holds the names of the columns?"
    answered = asking.settle("/reading/header_line", likely, asks, [*named, nothing])
    return guess, int(answered) if answered is not None else line


def _below(reading: Reading, table: _Table, line: int, asking: Asking) -> Reading:
    below = [row for row in table if row.line > line]
    width, _ = Counter(len(row.cells) for row in below).most_common(1)[0] if below else (0, 0)
    headers = next((row.cells for row in table if row.line == line), [])
    headers = headers or [""] * width
    while headers and not headers[-1] and len(headers) > width:
        headers.pop()
    if max(len(headers), width) > MOST_COLUMNS:
        raise FileRefused("too_wide", f"it has more than {MOST_COLUMNS:,} columns", "leave out what is no table")
    widths = [len(row.cells) for row in below if not row.problems] if reading.format == "csv" else []
    short = _short(widths, len(headers), asking)
    return replace(reading, headers=tuple(headers), header_line=line, short=short)


def _short(widths: Sequence[int], width: int, asking: Asking) -> Short:
    """What rows with too few cells mean. Two neighbours that make one row together were one, as like as not."""
    if min(widths, default=width) >= width:
        return cast("Short", asking.answer("/reading/short", ("pad", "refuse")) or "refuse")
    torn = any(one < width and one + other == width + 1 for one, other in pairwise(widths))
    guess = Guess("pad", 0.5 if torn else 1.0, "some rows have fewer cells", ("refuse",))
    asks = "Some rows have fewer cells than the table has columns, and look torn by a line break. Take them?"
    choices = [
        Choice("refuse", "no: such rows are refused, to be corrected"),
        Choice("pad", "yes: what is missing at their end is empty"),
    ]
    return cast("Short", asking.settle("/reading/short", guess, asks, choices) or "refuse")


def _read_before(sample: tuple[Row, ...]) -> tuple[str, ...]:
    """Whether letters of UTF-8 were taken for several before this file was written."""
    found = (words.read_as_one_byte(cell) for row in sample[:1000] for cell in row.cells if not cell.isascii())
    shown = next((pair for pair in found if pair), None)
    if shown is None:
        return ()
    return (f"{shown[0]} should be {shown[1]}, most likely: the program that wrote the file misread its encoding",)


def _shown(sample: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(row._replace(cells=tuple(cell[:200] for cell in row.cells)) for row in sample[:_SHOWN])


def _fingerprint(reading: Reading, kind: Kind) -> str:
    told = "\n".join((kind.name, reading.format, str(bool(reading.header_line)), *reading.headers))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]
