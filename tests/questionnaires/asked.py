"""A questionnaire that the tests ask."""

from __future__ import annotations

from typing import Any

from tests.support.world import Api

LABELS = {"en": "English", "ur": "اردو"}


def question(name: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    """One question, in English and Urdu."""
    return {"id": name, "kind": kind, "label": {"en": f"Your {name}?", "ur": f"آپ کا {name}؟"}, **more}


def choice(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": {"en": value.title(), "ur": f"«{value}»"}} for value in values]


QUESTIONS = [
    question("name", fills="name", required=True),
    question("email", fills="email"),
    question("phone", fills="phone"),
    question("birthday", "yearly_date", fills="birthday"),
    question("size", "choice", choices=choice("s", "m", "l"), custom="size"),
    question("machines", "number", custom="machines"),
    question("hobby", "choice", choices=choice("tea", "chess"), tags=True),
    question("vip", "yes_no", tag="wants a card"),
    question("wish"),
    question("offers", "consent", purpose="marketing"),
]
WHOLE = {"title": {"en": "About you", "ur": "آپ کے بارے میں"}, "questions": QUESTIONS}


def make(api: Api, **more: Any) -> str:
    """The id of a questionnaire that is made now."""
    made = api.post("/questionnaires", {**WHOLE, **more})
    assert made.status == 201, made.body
    return str(made.body["id"])


def customer(api: Api, **fields: Any) -> str:
    """The id of a customer who is registered now."""
    made = api.post("/customers", {"name": "Sunita Rai", **fields})
    assert made.status == 201, made.body
    return str(made.body["id"])
