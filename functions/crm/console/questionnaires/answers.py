"""What a customer answered the last time, questionnaire by questionnaire."""

from collections.abc import Mapping
from typing import Any

from crm.console.asked import Page, Visit
from crm.core.errors import NotFound
from crm.core.veil import visible
from crm.customers import service as customer_service
from crm.questionnaires import rules, service
from crm.questionnaires.models import Answers


def show(visit: Visit) -> Page:
    """The answers; whoever does not see all fields sees none, as a question fills any. Raises NotFound."""
    profile = customer_service.get(customer_id=visit.asked.names["customer_id"])
    name = visible({"name": profile.name}, visit.actor.hidden)["name"]
    found = sorted(Answers.of(profile.customer_id), key=lambda one: one.at, reverse=True)
    values = {
        "customer_id": profile.customer_id,
        "name": name,
        "answers": [_told(one, visit) for one in found],
        "is_hidden": bool(visit.actor.hidden),
        "asks": visit.actor.reaches("activity.write", profile.owner) and visit.actor.may("questionnaires.read"),
        "done": visit.asked.query.get("done"),
    }
    return Page("questionnaires/answers.html", values)


def _told(one: Answers, visit: Visit) -> Mapping[str, Any]:
    code = visit.language.code
    try:
        asked = service.get(questionnaire_id=one.questionnaire_id)
    except NotFound:
        # It was deleted; what was answered stays.
        title, questions = None, {}
    else:
        title = rules.worded(asked.title, code)
        questions = {each["id"]: each for each in asked.questions}
    given = {} if visit.actor.hidden else one.values
    shown = [
        (_label(questions, name, code), _value(questions, name, value, code), questions.get(name, {}).get("kind"))
        for name, value in given.items()
    ]
    return {"title": title, "at": one.at, "way": one.way, "who": one.who, "given": shown}


def _label(questions: Mapping[str, Any], name: str, code: str) -> str:
    return rules.worded(questions[name]["label"], code) if name in questions else name


def _value(questions: Mapping[str, Any], name: str, value: Any, code: str) -> Any:
    return value if isinstance(value, bool) else rules.shown(questions.get(name, {}), value, code)
