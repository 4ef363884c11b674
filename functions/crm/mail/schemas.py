"""Messages as they go out over HTTP."""

from collections.abc import Collection
from typing import Any, Literal, Self

from pydantic import Field

from crm.core.fields import Document, Language, Line, Text
from crm.core.names import StaffId
from crm.core.veil import is_hidden
from crm.core.veiled import Veiled


class RecipientOut(Document):
    kind: str
    id: str


class Change(Document):
    """One change of a message's state."""

    state: str
    at: str
    reason: str | None = None
    code: str | None = None


class MessageOut(Veiled):
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

    def veiled(self, hidden: Collection[str]) -> Self | None:
        if self.kind == "greeting" and is_hidden("/birthday", hidden):
            return None  # its day would tell
        gone: dict[str, Any] = {"to": None} if is_hidden("/email", hidden) else {}
        gone |= {"language": None} if is_hidden("/language", hidden) else {}
        told: dict[str, Any] = {"decision": None, "reason": None, "reason_code": None, "history": []}
        return self.model_copy(update={**gone, **(told if is_hidden("/consent", hidden) else {"decision": None})})


class MessageList(Document):
    items: list[MessageOut]
    next: str | None


class TextToTry(Document):
    """Sections that are not stored yet."""

    subject: Line
    heading: Line
    body: Text


class PreviewRequest(Document):
    """For whom a template is to be shown, and with which values; what is left out is made up."""

    language: Language | None = Field(default=None, description="The reader's; the business's where left out.")
    purpose: Literal["greeting", "marketing", "service"] | None = None
    owner: StaffId | None = Field(default=None, description="Who looks after the reader: signs and gets the answers.")
    values: dict[str, Any] = Field(default={}, max_length=40, description="By placeholder; null: not known.")
    text: TextToTry | None = Field(default=None, description="Shown instead of the stored text.")


class Preview(Document):
    """The mail as it would be sent. `template_version` 0: the shipped text, or one that is not stored."""

    sender: str | None
    reply_to: str | None
    subject: str
    text: str
    html: str
    language: str
    template: str
    template_version: int


class QuotaOut(Document):
    """Mails of 24 hours: SES's quota (null: no end), what it counted, what is left, what is kept for service mail."""

    per_day: float | None
    sent: float
    left: float | None
    reserved: float


class SenderOut(Document):
    """Whether SES takes our mail. `production`: to everybody, not only to verified addresses."""

    address: str
    identity: str
    verified: bool
    sending: bool
    production: bool


class CountsOut(Document):
    """What became of the mail of the last days; rates are between 0 and 1."""

    accepted: int
    bounced: int
    complained: int
    bounce_rate: float
    complaint_rate: float


class BreakerOut(Document):
    """Open: greetings and marketing wait. `begun_anew_at`: when a person closed it last, within the days that count."""

    open: bool
    days: int
    counts: CountsOut
    groups: dict[str, CountsOut]
    most_bounced: float
    most_complained: float
    least_accepted: int
    begun_anew_at: str | None


class HealthOut(Document):
    """How mail goes out at the moment. Null where SES has not said anything.

    `per_second`: all mailers together. `waits`: by purpose, why mail of it waits (a `reason_code`), or null.
    """

    per_second: float
    mailers: int
    read_at: str | None
    quota: QuotaOut | None
    sender: SenderOut | None
    breaker: BreakerOut
    waits: dict[str, str | None]


class StopOut(Document):
    """Why no mail at all goes to an address: a hard_bounce, a complaint, or repeated soft_bounces."""

    kind: str
    reason: str
    since: str


class SuppressionOut(Veiled):
    """What keeps mail from a customer's address. `refused`: the purposes that the person at it refused themselves."""

    address: str | None
    stops: list[StopOut]
    refused: list[str]

    def veiled(self, hidden: Collection[str]) -> Self | None:
        gone: dict[str, Any] = {"address": None} if is_hidden("/email", hidden) else {}
        return self.model_copy(update={**gone, **({"refused": []} if is_hidden("/consent", hidden) else {})})
