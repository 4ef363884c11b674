"""Interactions as they go in and out over HTTP."""

from collections.abc import Collection
from typing import Literal, Self

from crm.core.fields import Document, Instant, ShortLine, Text
from crm.core.veiled import Veiled
from crm.timeline import rules as timeline_rules

Kind = Literal["call", "email", "meeting", "visit", "note", "interview", "questionnaire", "checkup", "complaint"]


class NewInteraction(Document):
    """A contact with a customer to log; without a time it happened now."""

    kind: Kind
    summary: Text
    at: Instant | None = None
    channel: ShortLine | None = None


class Interaction(Veiled):
    """A logged contact."""

    id: str
    kind: str
    at: str
    summary: str
    channel: str | None = None
    recorded_at: str
    recorded_by: str

    def veiled(self, hidden: Collection[str]) -> Self | None:
        return self.model_copy(update=timeline_rules.visible(self.kind, {"summary": self.summary}, hidden))


class InteractionList(Document):
    """One page of interactions, newest first."""

    items: list[Interaction]
    next: str | None
