"""Files as they are sent, and the business that gets them."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from zoneinfo import ZoneInfo

from crm.business.rules import Business
from crm.imports import kinds
from crm.imports.inspecting import inspect
from crm.imports.kinds import Kind
from crm.imports.reading import Inspection, Row, Translated
from crm.imports.rows import rows
from crm.imports.translating import translated

TODAY = date(2026, 11, 22)
SHOP = Business("Shop", "ur", ZoneInfo("Asia/Karachi"))


def looked_at(
    content: bytes | str, kind: Kind = kinds.CUSTOMERS, business: Business = SHOP, **decided: str
) -> Inspection:
    """The inspection of a file; answers by pointer, with `__` for `/`."""
    answers = {f"/{pointer.replace('__', '/')}": answer for pointer, answer in decided.items()}
    return inspect(_file(content), kind=kind, today=TODAY, business=business, decided=answers)


def read(content: bytes | str, found: Inspection) -> list[Row]:
    """All rows of the file, read as it was inspected."""
    assert found.reading, found.refusals
    return list(rows(_file(content), reading=found.reading))


def meant(content: bytes | str, found: Inspection, kind: Kind = kinds.CUSTOMERS) -> list[Translated]:
    """What all rows of the file come to."""
    assert found.mapping
    return [translated(row, mapping=found.mapping, kind=kind, today=TODAY) for row in read(content, found)]


def asked(found: Inspection) -> dict[str, str | None]:
    """What is asked, with the likeliest answer."""
    return {question.pointer: question.guess for question in found.questions}


def _file(content: bytes | str) -> BytesIO:
    return BytesIO(content.encode() if isinstance(content, str) else content)
