"""What goes in and out over HTTP about members of staff."""

from pydantic import Field

from crm.core.fields import Document, Email, Language, ShortLine, StaffId, Timezone


class NewMember(Document):
    id: StaffId = Field(description="Given by the business: the `username` of the member's token.")
    name: ShortLine
    email: Email | None = None
    language: Language | None = None
    timezone: Timezone | None = None


class MemberChange(Document):
    """Fields to change (RFC 7396): absent stays, null empties; the name can be changed, not emptied."""

    name: ShortLine = ""
    email: Email | None = None
    language: Language | None = None
    timezone: Timezone | None = None


class MemberOut(NewMember):
    version: int
    created_at: str
    updated_at: str


class MemberList(Document):
    items: list[MemberOut]
    next: str | None
