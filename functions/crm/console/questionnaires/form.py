"""The form that makes a questionnaire in one language: a row for each question, and where its answer goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.console.questionnaires import goes
from crm.core.errors import FieldError, InvalidFields
from crm.own_fields.rules import Definition

FIRST, MORE, MOST = 5, 5, 40
ROW = ("label", "goes", "choices", "required")


def rows(form: Mapping[str, str], count: int) -> list[dict[str, str]]:
    """What was typed into each row."""
    return [{name: form.get(f"{name}.{number}", "").strip() for name in ROW} for number in range(count)]


def told(
    form: Mapping[str, str], typed: Sequence[Mapping[str, str]], language: str, own: Sequence[Definition]
) -> tuple[dict[str, Any], list[int]]:
    """The questionnaire that a form comes to, and of each question in which row it stands."""
    filled = [number for number, row in enumerate(typed) if row["label"]]
    questions, taken = [], set[str]()
    for place, number in enumerate(filled, start=1):
        row = typed[number]
        meant = goes.parts(row["goes"], own) or goes.GOES["text"]
        name = str(meant.get("fills") or f"q{place}")
        question: dict[str, Any] = {"id": f"{name}{place}" if name in taken else name, **meant}
        taken.add(question["id"])
        question["label"] = {language: row["label"]}
        question["required"] = bool(row["required"])
        if meant["kind"] == "choice":
            lines = dict.fromkeys(line.strip() for line in row["choices"].splitlines() if line.strip())
            typed_in = [{"value": line, "label": {language: line}} for line in lines]
            question["choices"] = typed_in or goes.of_field(row["goes"], own, [language])
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
