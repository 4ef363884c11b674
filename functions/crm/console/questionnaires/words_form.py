"""What a questionnaire says in one language as the fields of a form, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.core.errors import FieldError, InvalidFields
from crm.questionnaires.models import Questionnaire

Question = Mapping[str, Any]


def of_questionnaire(found: Questionnaire, questions: Sequence[Question], code: str) -> dict[str, str]:
    """What it says in a language, by the fields of the form; empty where it says nothing."""
    shown = {"title": found.title.get(code, ""), "intro": (found.intro or {}).get(code, "")}
    for one in questions:
        shown |= {
            f"label.{one['id']}": one["label"].get(code, ""),
            f"about.{one['id']}": (one.get("about") or {}).get(code, ""),
            **{f"choice.{one['id']}.{row}": each["label"].get(code, "") for row, each in _choices(one)},
        }
    return shown


def of_form(form: Mapping[str, str], questions: Sequence[Question]) -> dict[str, str]:
    """The same as it was filled in."""
    names = ["title", "intro"]
    for one in questions:
        names += [
            f"label.{one['id']}",
            f"about.{one['id']}",
            *(f"choice.{one['id']}.{row}" for row, _ in _choices(one)),
        ]
    return {name: form.get(name, "").replace("\r\n", "\n").strip() for name in names}


def told(found: Questionnaire, typed: Mapping[str, str], code: str) -> dict[str, Any]:
    """The whole with these words in a language. Questions of which nothing was typed stay as they are."""
    questions = [_worded(one, typed, code) if f"label.{one['id']}" in typed else dict(one) for one in found.questions]
    return {
        "title": {**found.title, code: typed["title"]},
        "intro": _with(found.intro, code, typed["intro"]),
        "questions": questions,
    }


def without(found: Questionnaire, code: str) -> dict[str, Any]:
    """The whole without a language."""
    return {
        "title": _with(found.title, code, "") or {},
        "intro": _with(found.intro, code, ""),
        "questions": [_bare(one, code) for one in found.questions],
    }


def beside(refused: InvalidFields, found: Questionnaire) -> InvalidFields:
    """The same with each reason at the field of its question."""
    names = [str(one["id"]) for one in found.questions]
    fields = tuple(FieldError(_field(one.pointer, names), one.reason) for one in refused.fields)
    return InvalidFields(refused.detail, fields=fields)


def _choices(question: Question) -> list[tuple[int, Mapping[str, Any]]]:
    return list(enumerate(question.get("choices") or ()))


def _worded(question: Question, typed: Mapping[str, str], code: str) -> dict[str, Any]:
    name = question["id"]
    about = _with(question.get("about"), code, typed[f"about.{name}"])
    choices = [
        {**one, "label": {**one["label"], code: typed[f"choice.{name}.{row}"]}} for row, one in _choices(question)
    ]
    return {
        **{part: value for part, value in question.items() if part != "about"},
        "label": {**question["label"], code: typed[f"label.{name}"]},
        **({"about": about} if about else {}),
        **({"choices": choices} if choices else {}),
    }


def _bare(question: Question, code: str) -> dict[str, Any]:
    about = _with(question.get("about"), code, "")
    choices = [{**one, "label": _with(one["label"], code, "") or {}} for _, one in _choices(question)]
    return {
        **{part: value for part, value in question.items() if part != "about"},
        "label": _with(question["label"], code, "") or {},
        **({"about": about} if about else {}),
        **({"choices": choices} if choices else {}),
    }


def _with(words: Mapping[str, str] | None, code: str, text: str) -> dict[str, str] | None:
    """Words with a text in a language, or without it where the text is empty; None where none are left."""
    kept = {language: said for language, said in (words or {}).items() if language != code}
    return {**kept, **({code: text} if text else {})} or None


def _field(pointer: str, names: Sequence[str]) -> str:
    _, first, *rest = [*pointer.split("/"), ""]
    if first in ("title", "intro"):
        return f"/{first}"
    number, part, row = (*rest, "", "", "")[:3]
    if first != "questions" or not (number.isdecimal() and int(number) < len(names)):
        return pointer
    name = names[int(number)]
    return (
        f"/choice.{name}.{row}" if part == "choices" and row else f"/{'about' if part == 'about' else 'label'}.{name}"
    )
