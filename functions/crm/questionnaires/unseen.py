"""Questions that a role does not see, as they are about a field that is hidden from it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from crm.questionnaires import rules

Question = Mapping[str, Any]


def seen(questions: Sequence[Question], hidden: Collection[str]) -> list[Question]:
    """Those about nothing hidden, in their order."""
    return [one for one in questions if not rules.is_about(one, hidden)]


def kept(stored: Sequence[Question], told: Sequence[Question], hidden: Collection[str]) -> list[Question]:
    """What was told, and where they stood those that were not shown: nobody takes away what they never saw."""
    whole = list(told)
    for at, one in enumerate(stored):
        if rules.is_about(one, hidden):
            whole.insert(at, one)
    return whole
