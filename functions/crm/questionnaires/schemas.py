"""Questionnaires as they go in and out over HTTP."""

from collections.abc import Collection
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from crm.core.fields import Document, Line, ShortLine, Text
from crm.core.names import CustomName, Id, Name
from crm.core.reason import BadValue, Reason
from crm.core.veiled import Veiled
from crm.questionnaires.rules import FIELDS

Code = Literal["en", "ur", "bn", "ne", "he"]
Kind = Literal["text", "number", "date", "yearly_date", "choice", "yes_no", "consent"]
Words = Annotated[dict[Code, Line], Field(min_length=1)]
LongWords = Annotated[dict[Code, Text], Field(min_length=1)]
Purpose = Literal["greeting", "marketing", "service"]
# What a kind of question can fill: a number is no name, and nobody types a consent.
_FITTING: dict[str, frozenset[str]] = {
    "text": FIELDS - {"birthday", "language"},
    "choice": FIELDS - {"birthday", "email", "phone", "name"},
    "date": frozenset({"birthday"}),
    "yearly_date": frozenset({"birthday"}),
    "number": frozenset(),
    "yes_no": frozenset(),
    "consent": frozenset(),
}


class AnswerChoice(Document):
    """An answer to choose: what is stored, and what people read."""

    value: ShortLine
    label: Words


class AskedQuestion(Document):
    """One question. `fills`: a field of the customer; `custom`: a field of the business's own; `tag`: what a yes sets.

    A choice with `tags` sets its value as a tag. Without any of them the answer is only kept.
    """

    id: Name
    kind: Kind
    label: Words
    about: Words | None = None
    required: bool = False
    choices: Annotated[list[AnswerChoice], Field(max_length=50)] = []
    fills: str | None = Field(default=None, description=f"One of {', '.join(sorted(FIELDS))}.")
    custom: CustomName | None = None
    tag: ShortLine | None = None
    tags: bool = False
    purpose: Purpose | None = Field(default=None, description="Of a consent: what it is for.")

    @model_validator(mode="after")
    def _fits(self) -> "AskedQuestion":
        if (self.kind == "choice") != bool(self.choices):
            raise BadValue(Reason("choices belong to a question of the kind choice, and to no other"))
        if len({one.value for one in self.choices}) != len(self.choices):
            raise BadValue(Reason("two choices have the same value"))
        if (self.kind == "consent") != (self.purpose is not None):
            raise BadValue(Reason("a purpose belongs to a question of the kind consent, and to no other"))
        if self.fills is not None and self.fills not in _FITTING[self.kind]:
            able = ", ".join(sorted(_FITTING[self.kind])) or "no field of the customer; use custom"
            raise BadValue(Reason("fills: a question of the kind {kind} can fill: {able}", kind=self.kind, able=able))
        return self

    @model_validator(mode="after")
    def _goes_to_one_place(self) -> "AskedQuestion":
        if self.tag and self.kind != "yes_no":
            raise BadValue(Reason("tag: only a question of the kind yes_no sets a tag"))
        if self.tags and self.kind != "choice":
            raise BadValue(Reason("tags: only a question of the kind choice sets its value as a tag"))
        if sum((self.fills is not None, self.custom is not None, bool(self.tag), self.tags)) > 1:
            raise BadValue(Reason("an answer goes to one place: fills, custom, tag or tags"))
        if self.kind == "consent" and self.custom:
            raise BadValue(Reason("custom: a consent stands with its purpose alone"))
        return self


def _require_whole(title: dict[Code, str], questions: list[AskedQuestion]) -> None:
    if len({one.id for one in questions}) != len(questions):
        raise BadValue(Reason("questions: two have the same id"))
    for question in questions:
        worded = [question.label, *(one.label for one in question.choices)]
        missing = sorted({code for words in worded for code in set(title) - set(words)})
        if missing:
            raise BadValue(
                Reason(
                    "questions: {id} has no words in {missing}, which the title has",
                    id=question.id,
                    missing=", ".join(missing),
                )
            )


class NewQuestionnaire(Document):
    """A questionnaire to make. It is asked in the languages of its title; all else needs words in each of them."""

    title: Words
    intro: LongWords | None = None
    questions: Annotated[list[AskedQuestion], Field(min_length=1, max_length=40)]
    is_open: bool = True

    @model_validator(mode="after")
    def _is_whole(self) -> "NewQuestionnaire":
        _require_whole(self.title, self.questions)
        return self


class QuestionnaireChange(Document):
    """Fields to change: absent stays, null empties `intro`.

    Questions are replaced as a whole; those about a field that is hidden from your role stay where they are.
    """

    title: Words = {"en": "-"}
    intro: LongWords | None = None
    questions: Annotated[list[AskedQuestion], Field(min_length=1, max_length=40)] = []
    is_open: bool = True


class QuestionnaireOut(Document):
    """A questionnaire as stored."""

    id: str
    version: int
    title: dict[str, str]
    intro: dict[str, str] | None
    questions: list[dict[str, Any]]
    is_open: bool
    created_at: str
    created_by: str
    updated_at: str


class QuestionnaireList(Document):
    items: list[QuestionnaireOut]
    next: str | None


class NewLink(Document):
    """A link to make: for one customer, who is then known, or without one for anybody, as on a poster."""

    customer: Id | None = None
    days: Annotated[int, Field(ge=1, le=90)] = Field(default=30, description="Of a customer's link: how long it holds.")


class LinkOut(Document):
    """The address to hand out. A poster's holds as long as the questionnaire is open."""

    url: str
    customer: str | None
    expires_at: str | None


class Interview(Document):
    """The answers that a customer gave to somebody of the staff, by the ids of the questions."""

    questionnaire: Id
    answers: Annotated[dict[Name, Any], Field(min_length=1, max_length=40)]
    language: Code | None = Field(default=None, description="In which it was asked; else the customer's.")


class AnswersOut(Veiled):
    """What a customer answered to one questionnaire the last time, and by which way."""

    questionnaire: str
    version: int = Field(description="Of the questionnaire, when it was answered.")
    at: str
    way: Literal["questionnaire", "interview"]
    who: str | None
    language: str
    answers: dict[str, Any]

    def veiled(self, hidden: Collection[str]) -> Self | None:
        # A question fills any field.
        return self.model_copy(update={"answers": {}}) if hidden else self


class AnswersList(Document):
    items: list[AnswersOut]
