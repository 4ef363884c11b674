"""The answers in a form, by the ids of the questions. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def given(questions: Sequence[Mapping[str, Any]], fields: Mapping[str, str]) -> dict[str, str]:
    """The answers in a form, by the ids of the questions."""
    return {one["id"]: answer for one in questions if (answer := _answer(one, fields))}


def _answer(question: Mapping[str, Any], fields: Mapping[str, str]) -> str:
    name = f"q_{question['id']}"
    if question["kind"] != "yearly_date":
        return fields.get(name, "").strip()
    day, month = fields.get(f"{name}_day", ""), fields.get(f"{name}_month", "")
    return f"--{month:0>2}-{day:0>2}" if day or month else ""
