"""One question as the fields of a form, and back: its words in every language, and where its answer goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.console import forms
from crm.console.questionnaires import goes
from crm.console.questionnaires.goes import AS_IT_IS, TAG
from crm.core.errors import FieldError, InvalidFields
from crm.own_fields.rules import Definition

MORE, MOST_CHOICES = 3, 50
_BY_LANGUAGE = ("label", "about")


def of_question(
    question: Mapping[str, Any] | None, place: int, languages: Sequence[str], own: Sequence[Definition]
) -> dict[str, str]:
    """What the form shows of a question; of none: of a new one."""
    asked: Mapping[str, Any] = question or {"kind": "text"}
    choices = asked.get("choices") or ()
    return {
        "goes": goes.code_of(asked, own),
        "tag": asked.get("tag") or "",
        "required": "yes" if asked.get("required") else "",
        "place": str(place) if question else "",
        **{f"{name}.{code}": (asked.get(name) or {}).get(code, "") for name in _BY_LANGUAGE for code in languages},
        **{f"choice.{row}.{code}": one["label"].get(code, "") for row, one in enumerate(choices) for code in languages},
    }


def of_form(form: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """The same as it was filled in."""
    named = ("goes", "tag", "required", "place", *(f"{name}.{code}" for name in _BY_LANGUAGE for code in languages))
    rows = (f"choice.{row}.{code}" for row in range(count(form)) for code in languages)
    return {name: form.get(name, "").strip() for name in (*named, *rows)}


def count(form: Mapping[str, str]) -> int:
    """How many rows of choices a form has."""
    rows = (forms.number(name.split(".")[1]) for name in form if name.startswith("choice."))
    return max((row + 1 for row in rows if row is not None and row < MOST_CHOICES), default=0)


def to_question(
    typed: Mapping[str, str],
    languages: Sequence[str],
    *,
    stored: Mapping[str, Any] | None,
    taken: Sequence[str],
    own: Sequence[Definition],
) -> tuple[dict[str, Any], list[int]]:
    """The question that a form comes to, and of each choice in which row it stands."""
    before: Mapping[str, Any] = stored or {}
    about = {code: typed[f"about.{code}"] for code in languages}
    about = {code: text for code, text in {**before.get("about", {}), **about}.items() if text}
    question = {
        **_meant(typed, stored, own),
        # Words in a language that is not asked in yet are of no concern to this form.
        "label": {**before.get("label", {}), **{code: typed[f"label.{code}"] for code in languages}},
        "required": bool(typed["required"]),
        **({"about": about} if about else {}),
    }
    question["id"] = before.get("id") or _free(question, taken)
    if question["kind"] != "choice":
        return question, []
    rows = _rows(typed, languages)
    known = before.get("choices") or ()
    question["choices"] = [_choice(label, known[row] if row < len(known) else None) for row, label in rows]
    question["choices"] = question["choices"] or goes.of_field(typed["goes"], own, languages)
    return question, [row for row, _ in rows]


def beside(refused: InvalidFields, rows: Sequence[int]) -> InvalidFields:
    """The same with what is wrong with a choice at its row."""
    fields = tuple(FieldError(_field(one.pointer, rows), one.reason) for one in refused.fields)
    return InvalidFields(refused.detail, fields=fields)


def _meant(typed: Mapping[str, str], stored: Mapping[str, Any] | None, own: Sequence[Definition]) -> dict[str, Any]:
    code = typed["goes"]
    if code == TAG:
        return {"kind": "yes_no", "tag": typed["tag"]}
    if stored and code == AS_IT_IS:
        return goes.rest(stored)
    return dict(goes.parts(code, own) or goes.GOES["text"])


def _free(question: Mapping[str, Any], taken: Sequence[str]) -> str:
    """An id that no question has: answers are kept by it."""
    first = [str(question["fills"])] if question.get("fills") else []
    names = (*first, *(f"q{number}" for number in range(1, len(taken) + 2)))
    return next(name for name in names if name not in taken)


def _rows(typed: Mapping[str, str], languages: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Those of the rows of choices in which anything stands."""
    labels = ((row, {code: typed[f"choice.{row}.{code}"] for code in languages}) for row in range(count(typed)))
    return [(row, label) for row, label in labels if any(label.values())]


def _choice(label: Mapping[str, str], known: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is stored of an answer stays the same in whatever words it is asked later."""
    if known is None:
        return {"value": next(filter(None, label.values())), "label": dict(label)}
    return {"value": known["value"], "label": {**known["label"], **label}}


def _field(pointer: str, rows: Sequence[int]) -> str:
    _, first, number, *more = [*pointer.split("/"), "", ""]
    if first != "choices" or not (number.isdecimal() and int(number) < len(rows)):
        return pointer
    return f"/choice.{rows[int(number)]}.{more[1]}" if len(more) > 1 and more[1] else "/choices"
