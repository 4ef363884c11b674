"""What is settled by a sure guess or by an answer, and what has to be asked."""

from collections.abc import Mapping as Answers
from collections.abc import Sequence
from dataclasses import dataclass, field

from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.imports.reading import Choice, Guess, Question


@dataclass
class Asking:
    """Collects the questions of one inspection; `decided` are the answers of earlier ones."""

    decided: Answers[str, str]
    questions: list[Question] = field(default_factory=list)

    def answer(self, pointer: str, allowed: Sequence[str]) -> str | None:
        """What people answered. Raises InvalidFields where it is no possible answer."""
        given = self.decided.get(pointer)
        if given is not None and given not in allowed:
            few = ", ".join(repr(value) for value in allowed[:12])
            raise InvalidFields.one(
                pointer, Reason("{given} cannot be meant here; answer with one of {few}", given=repr(given), few=few)
            )
        return given

    def settle(self, pointer: str, guess: Guess[str], asks: str, choices: Sequence[Choice]) -> str | None:
        """The answer, or the guess where it is certain; else a question, and None."""
        given = self.answer(pointer, [choice.value for choice in choices])
        if given is not None:
            return given
        if guess.certain:
            return guess.value
        self.ask(pointer, asks, choices, guess.value or None)
        return None

    def ask(
        self, pointer: str, asks: str, choices: Sequence[Choice], guess: str | None = None, *, is_open: bool = False
    ) -> None:
        """Ask, with what is likeliest."""
        self.questions.append(Question(pointer, asks, tuple(choices), guess, is_open))
