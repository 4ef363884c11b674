"""What goes in and out over HTTP about members of staff."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, StringConstraints

from crm.core.fields import Document, Language, ShortLine, Timezone


def _address(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized.lower()
    except EmailNotValidError as bad:
        raise ValueError(f"not an e-mail address: {bad}") from bad


# No dot: the id stands in a tag of SES, which takes letters, digits, "-" and "_" only.
StaffId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]


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
