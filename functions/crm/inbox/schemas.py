"""Incoming mail as it goes out over HTTP."""

from collections.abc import Collection
from typing import Literal, Self

from pydantic import Field

from crm.core.fields import Document, Line
from crm.core.names import Id
from crm.core.veil import is_hidden
from crm.core.veiled import Veiled

State = Literal["review", "assigned", "dismissed"]


class AttachmentOut(Document):
    """A file that came with a mail, as the mail calls it."""

    name: str
    type: str
    bytes: int
    sha256: str


class MailOut(Veiled):
    """One mail. `text` is what it says, whatever it looked like."""

    id: str
    state: State
    received_at: str
    sender: str | None
    sender_name: str | None
    is_from_sender: bool = Field(description="Whether the sender's domain answers for it (DMARC, or its DKIM).")
    verdicts: dict[str, str]
    subject: str | None
    text: str | None
    attachments: list[AttachmentOut]
    candidates: list[str] = Field(description="Customers who have the sender's address.")
    customer: str | None
    settled_by: str | None
    unreadable: str | None

    def veiled(self, hidden: Collection[str]) -> Self | None:
        return self.model_copy(update={"sender": None}) if is_hidden("/email", hidden) else self


class MailList(Document):
    items: list[MailOut]
    next: str | None


class Assignment(Document):
    """Whose a mail is."""

    customer: Id


class NewLead(Document):
    """Who wrote a mail; without a name: as the mail says."""

    name: Line | None = None


class Download(Document):
    """A link that saves a file; nothing opens it."""

    url: str
