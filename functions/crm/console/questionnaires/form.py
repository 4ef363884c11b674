"""The form that makes a questionnaire in one language: a row for each question, and where its answer goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.core.errors import FieldError, InvalidFields

GOES: Mapping[str, Mapping[str, Any]] = {
    "text": {"kind": "text"},
    "number": {"kind": "number"},
    "yes_no": {"kind": "yes_no"},
    "choice": {"kind": "choice"},
    "choice_tags": {"kind": "choice", "tags": True},
    "name": {"kind": "text", "fills": "name"},
    "phone": {"kind": "text", "fills": "phone"},
    "email": {"kind": "text", "fills": "email"},
    "address": {"kind": "text", "fills": "address"},
    "birthday": {"kind": "yearly_date", "fills": "birthday"},
    "consent_greeting": {"kind": "consent", "purpose": "greeting"},
    "consent_marketing": {"kind": "consent", "purpose": "marketing"},
    "consent_service": {"kind": "consent", "purpose": "service"},
}
"""By the choice of the form what a question is, and where its answer goes."""
FIRST, MORE, MOST = 5, 5, 40
ROW = ("label", "goes", "choices", "required")


def rows(form: Mapping[str, str], count: int) -> list[dict[str, str]]:
    """What was typed into each row."""
    return [{name: form.get(f"{name}.{number}", "").strip() for name in ROW} for number in range(count)]


def told(
    form: Mapping[str, str], typed: Sequence[Mapping[str, str]], language: str
) -> tuple[dict[str, Any], list[int]]:
    """The questionnaire that a form comes to, and of each question in which row it stands."""
    filled = [number for number, row in enumerate(typed) if row["label"]]
    questions, taken = [], set[str]()
    for place, number in enumerate(filled, start=1):
        row = typed[number]
        goes = GOES.get(row["goes"], GOES["text"])
        name = str(goes.get("fills") or f"q{place}")
        question: dict[str, Any] = {"id": f"{name}{place}" if name in taken else name, **goes}
        taken.add(question["id"])
        question["label"] = {language: row["label"]}
        question["required"] = bool(row["required"])
        if goes["kind"] == "choice":
            lines = dict.fromkeys(line.strip() for line in row["choices"].splitlines() if line.strip())
            question["choices"] = [{"value": line, "label": {language: line}} for line in lines]
        questions.append(question)
    made: dict[str, Any] = {"questions": questions}
    if title := form.get("title", "").strip():
        made["title"] = {language: title}
    if intro := form.get("intro", "").strip():
        made["intro"] = {language: intro.replace("\r\n", "\n")}
    return made, filled


def beside(refused: InvalidFields, filled: Sequence[int]) -> InvalidFields:
    """The same with each reason at the field of its row."""
    return InvalidFields(
        refused.detail, fields=tuple(FieldError(_field(one.pointer, filled), one.reason) for one in refused.fields)
    )


def _field(pointer: str, filled: Sequence[int]) -> str:
    _, first, number, *rest = [*pointer.split("/"), "", ""]
    if first != "questions":
        return f"/{first}"
    if not (number.isdecimal() and int(number) < len(filled)):
        return "/label.0"
    return f"/{'choices' if 'choices' in (*rest, '') else 'label'}.{filled[int(number)]}"
