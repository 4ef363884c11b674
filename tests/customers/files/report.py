"""What reading an awkward file comes to, in a form that people can check: the expected report beside each file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.business.rules import Business
from crm.imports import kinds
from crm.imports.inspecting import inspect
from crm.imports.reading import Column, Inspection, Problem
from crm.imports.rows import rows
from crm.imports.translating import translated
from tests.support import sheets

if TYPE_CHECKING:
    from tests.customers.files.make import Case

HERE = Path(__file__).parent
TODAY = date(2026, 11, 22)
SHOP = Business("Shop", "ur", ZoneInfo("Asia/Karachi"))


def content(name: str) -> bytes:
    """The bytes of the file; spreadsheets and endless texts are made of their description."""
    kept = HERE / f"{name}.csv"
    return kept.read_bytes() if kept.exists() else _made(json.loads((HERE / f"{name}.made.json").read_text("utf-8")))


def report(asked: dict[str, Any], sent: bytes) -> dict[str, Any]:
    """All that is found out, asked, taken and refused, for a file and the answers that are given."""
    kind = kinds.named(asked["kind"])
    assert kind
    told = asked.get("business", {})
    zone = ZoneInfo(told.get("timezone", "Asia/Karachi"))
    business = replace(SHOP, language=told.get("language", "ur"), timezone=zone)
    first = inspect(BytesIO(sent), kind=kind, today=TODAY, business=business)
    found = inspect(BytesIO(sent), kind=kind, today=TODAY, business=business, decided=asked.get("decided", {}))
    said: dict[str, Any] = {
        "refused": [f"{refusal.code}: {refusal.reason}; {refusal.remedy}" for refusal in found.refusals],
        "guessed": _guessed(found),
        "asked": {question.pointer: question.guess for question in first.questions},
        "still_asked": [question.pointer for question in found.questions],
        "notes": list(found.notes),
        "rows": [],
    }
    if found.reading and found.mapping:
        for row in rows(BytesIO(sent), reading=found.reading):
            came = translated(row, mapping=found.mapping, kind=kind, today=TODAY)
            problems = [_problem(problem, found.columns) for problem in came.problems]
            whole = {"values": came.values} | ({"about": came.about} if came.about else {})
            said["rows"].append({"line": row.line} | ({"refused": problems} if problems else whole))
    return {name: value for name, value in said.items() if value}


def asked_of(case: Case) -> dict[str, Any]:
    """What stands above the report: what the file is about, and what people answer."""
    told = {"issue": case.issue, "kind": case.kind, "business": dict(case.business), "decided": dict(case.decided)}
    return {"about": case.about} | {name: value for name, value in told.items() if value}


def write_report(case: Case) -> None:
    """Overwrite what is expected with what comes."""
    asked = asked_of(case)
    whole = {"asked": asked, "report": report(asked, content(case.name))}
    (HERE / f"{case.name}.expected.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _guessed(found: Inspection) -> dict[str, Any]:
    guessed: dict[str, Any] = {"format": found.format}
    if found.encoding and found.delimiter:
        guessed |= {"encoding": [found.encoding.value, found.encoding.certainty]}
        guessed |= {"delimiter": [found.delimiter.value, found.delimiter.certainty]}
    if found.header:
        guessed["header_line"] = found.reading.header_line if found.reading else None
    guessed["columns"] = [_column(column) for column in found.columns][:20]
    return guessed if found.format else {}


def _column(column: Column) -> list[Any]:
    more = [guess for guess in (column.dates, column.numbers) if guess]
    return [column.header[:40], *((guess.value, guess.certainty) for guess in (column.field, *more))]


def _problem(problem: Problem, columns: tuple[Column, ...]) -> str:
    where = "" if problem.column is None or problem.column >= len(columns) else columns[problem.column].header
    return f"{where}: {problem.reason[:200]}; {problem.remedy}".removeprefix(": ")


def _made(described: dict[str, Any]) -> bytes:
    if "text" in described:
        return "".join(piece * times for piece, times in described["text"]).encode()
    for sheet in described.get("xlsx", {}).values():
        for row in sheet["rows"]:
            for cell in row:
                if isinstance(cell, dict) and isinstance(cell.get("shared"), list):
                    cell["shared"] = cell["shared"][0] * cell["shared"][1]
    if "ods" in described:
        return sheets.ods(described["ods"])
    return sheets.xlsx(described["xlsx"], since_1904=described.get("since_1904", False))
