"""Whether what answers say can stand in a record: by the schema that staff's changes pass, question by question."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from crm.customers.schemas import CustomerChange
from crm.questionnaires import rules
from crm.questionnaires.rules import Told


def checked(questions: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> Told:
    """What answers say, their fields as records have them (a phone number in its international form)."""
    told = rules.told(questions, given)
    try:
        fields = CustomerChange.model_validate(told.fields).model_dump(exclude_unset=True)
    except ValidationError as refused:
        wrong = {".".join(str(part) for part in error["loc"][:2]) for error in refused.errors()}
        unclear = {one["id"]: "unclear" for one in questions if one["id"] in told.values and _place(one) & wrong}
        if not unclear:
            raise
        rest = checked(questions, {name: answer for name, answer in given.items() if name not in unclear})
        return replace(rest, problems={**rest.problems, **unclear})
    return replace(told, fields=fields)


def _place(question: Mapping[str, Any]) -> set[str]:
    """How an error calls the place that a question fills."""
    if question.get("custom"):
        return {f"custom.{question['custom']}", "custom"}
    return {str(question.get("fills")).split(".", maxsplit=1)[0]} | ({"tags"} if question.get("tags") else set())
