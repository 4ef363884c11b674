"""Interactions as they go in and out over HTTP."""

from typing import Literal

from crm.core.fields import Document, Instant, ShortLine, Text

Kind = Literal["call", "email", "meeting", "visit", "note", "interview", "questionnaire", "checkup", "complaint"]


class NewInteraction(Document):
    """A contact with a customer to log; without a time it happened now."""

    kind: Kind
    summary: Text
    at: Instant | None = None
    channel: ShortLine | None = None


class Interaction(Document):
    """A logged contact."""

    id: str
    kind: str
    at: str
    summary: str
    channel: str | None = None
    recorded_at: str
    recorded_by: str


class InteractionList(Document):
    """One page of interactions, newest first."""

    items: list[Interaction]
    next: str | None
