"""Keeps what a customer answered: the last answers, and one entry in the timeline that says what was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from crm.core import table
from crm.interactions import rules as interaction_rules
from crm.interactions import service as interaction_service
from crm.interactions.schemas import NewInteraction
from crm.questionnaires import rules
from crm.questionnaires.models import Answers, Questionnaire
from crm.timeline import service as timeline_service
from crm.timeline.models import Event

Way = Literal["questionnaire", "interview"]
# Whoever sends a form again after an hour corrects it; whoever does after a year was asked again.
_CORRECTED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Said:
    """Answers as they were given: by which way, noted by whom ("": the customer), in which language, when."""

    values: Mapping[str, Any]
    way: Way
    who: str
    language: str
    at: str
    confirm: Mapping[str, Any] | None = None


def keep(*, customer_id: str, questionnaire: Questionnaire, said: Said, key: str) -> Answers:
    """Keep answers; the same `key` again does nothing more. An entry that they correct is taken back.

    Raises NotFound.
    """
    title = rules.worded(questionnaire.title, said.language)
    summary = rules.summary(questionnaire.questions, said.values, title=title, language=said.language)
    earlier = Answers.find(customer_id, questionnaire.questionnaire_id)
    event = interaction_service.log(
        customer_id=customer_id,
        interaction=NewInteraction(kind=said.way, summary=summary),
        caller=said.who or said.way,
        idempotency_key=key,
    )
    if earlier and _corrects(said, earlier) and earlier.event != event.event_id:
        _take_back(customer_id, earlier.event)
    answers = Answers.keyed(
        customer_id,
        questionnaire.questionnaire_id,
        at=said.at,
        version=questionnaire.version,
        language=said.language,
        values=dict(said.values),
        way=said.way,
        who=said.who or None,
        event=event.event_id,
        confirm=dict(said.confirm) if said.confirm else None,
    )
    table.commit(lambda transaction: transaction.save(answers))
    return answers


def _corrects(said: Said, earlier: Answers) -> bool:
    passed = datetime.fromisoformat(said.at) - datetime.fromisoformat(earlier.at)
    return earlier.way == said.way and passed < _CORRECTED_WITHIN


def _take_back(customer_id: str, event_id: str) -> None:
    timeline_service.withdraw(
        customer_id=customer_id, event_ids={event_id}, recount=_recounted, alongside=lambda *_: lambda _: None
    )


def _recounted(facts: Mapping[str, Any], events: Sequence[Event]) -> dict[str, Any]:
    contacts = [(event.kind, event.at) for event in events if event.kind in interaction_rules.KINDS]
    return interaction_rules.recounted(facts, contacts)
