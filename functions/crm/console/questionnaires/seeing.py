"""What of questionnaires somebody sees: not the questions about a field that is hidden from them, nor such a field."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.console.asked import Visit
from crm.core import veil
from crm.own_fields import service as own_field_service
from crm.own_fields.rules import Definition
from crm.questionnaires import unseen
from crm.questionnaires.models import Questionnaire


def questions(visit: Visit, found: Questionnaire) -> list[Mapping[str, Any]]:
    """Those that the reader may know of, in their order."""
    return unseen.seen(found.questions, visit.actor.never_seen)


def own(visit: Visit) -> Sequence[Definition]:
    """The business's own fields that the reader may know of."""
    hidden = visit.actor.never_seen
    return [one for one in own_field_service.definitions() if not veil.is_hidden(f"/custom/{one.name}", hidden)]
