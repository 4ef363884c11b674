"""Messages as they go out over HTTP."""

from typing import Any

from crm.core.fields import Document


class RecipientOut(Document):
    kind: str
    id: str


class Change(Document):
    """One change of a message's state."""

    state: str
    at: str
    reason: str | None = None
    code: str | None = None


class MessageOut(Document):
    """A message, sent or not, and why.

    `rule`: the greeting or reminder; `occurrence`: the year, the day, the local wall time, or `once`. `reason_code` is
    the kind of `reason`. `decision`: what it was decided on, as it stood then. `history`: every change of its state.
    """

    key: str
    recipient: RecipientOut
    kind: str
    rule: str
    occurrence: str
    purpose: str
    state: str
    reason: str | None
    reason_code: str | None
    attempts: int
    to: str | None
    subject: str | None
    language: str | None
    ses_message_id: str | None
    decision: dict[str, Any] | None
    history: list[Change]
    created_at: str
    updated_at: str


class MessageList(Document):
    items: list[MessageOut]
    next: str | None
