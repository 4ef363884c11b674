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


def worded(questions: Sequence[Question], codes: Collection[str], hidden: Collection[str]) -> list[Question]:
    """The same, where those that were not shown have words in each of these languages.

    Whoever asks in one language more cannot write what they never saw. Until somebody who sees it does, it says the
    same there as in another one.
    """
    return [_in(one, codes) if rules.is_about(one, hidden) else one for one in questions]


def _in(question: Question, codes: Collection[str]) -> Question:
    choices = [{**one, "label": _filled(one["label"], codes)} for one in question.get("choices") or ()]
    return {**question, "label": _filled(question["label"], codes), **({"choices": choices} if choices else {})}


def _filled(words: Mapping[str, str], codes: Collection[str]) -> dict[str, str]:
    return {**{code: rules.worded(words, code) for code in codes}, **words}
