"""What goes in and out over HTTP about members of staff."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from crm.core.fields import Document, Email, Hour, Language, ShortLine, Text, Timezone
from crm.core.names import StaffId

Signature = Annotated[Text, StringConstraints(max_length=500)]
_SENDER = "Mails to customers whose owner they are come from this name of the business: Sunita from Himal Tools."
_SIGNATURE = "Stands under mails to customers whose owner they are."

_REMINDERS = "A mail for each reminder, or one a day with those of the day and all that are overdue."


class NewMember(Document):
    id: StaffId = Field(description="Given by the business: the `username` of the member's token.")
    name: ShortLine
    email: Email | None = None
    language: Language | None = None
    timezone: Timezone | None = None
    sender_name: ShortLine | None = Field(default=None, description=_SENDER)
    signature: Signature | None = Field(default=None, description=_SIGNATURE)
    reminders: Literal["single", "digest"] | None = Field(default=None, description=_REMINDERS)
    digest_at: Hour | None = Field(default=None, description="By the member's clocks; without one 08:00.")


class MemberChange(Document):
    """Fields to change (RFC 7396): absent stays, null empties; the name can be changed, not emptied."""

    name: ShortLine = ""
    email: Email | None = None
    language: Language | None = None
    timezone: Timezone | None = None
    sender_name: ShortLine | None = Field(default=None, description=_SENDER)
    signature: Signature | None = Field(default=None, description=_SIGNATURE)
    reminders: Literal["single", "digest"] | None = Field(default=None, description=_REMINDERS)
    digest_at: Hour | None = Field(default=None, description="By the member's clocks; without one 08:00.")


class MemberOut(NewMember):
    version: int
    created_at: str
    updated_at: str


class MemberList(Document):
    items: list[MemberOut]
    next: str | None
