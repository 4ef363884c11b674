"""What goes in and out over HTTP about members of staff."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from crm.core.fields import Document, Email, FullDate, Hour, Language, ShortLine, Text, Timezone
from crm.core.names import Id, StaffId

Signature = Annotated[Text, StringConstraints(max_length=500)]
_SENDER = "Mails to customers whose owner they are come from this name of the business: Sunita from Himal Tools."
_SIGNATURE = "Stands under mails to customers whose owner they are."

_REMINDERS = "A mail for each reminder, or one a day with those of the day and all that are overdue."

_NOTIFY = "When mail tells them whom they were given: at once (so without one), once a day at digest_at, or never."


class Standing(Document):
    """What a member may, with whom, and who stands in for them."""

    role: Id | None = Field(default=None, description="Built in, or the business's own; null: none any more.")
    inactive: bool | None = Field(default=None, description="Works here no more; is let in nowhere.")
    teams: Annotated[list[Id], Field(max_length=20)] | None = None
    away_from: FullDate | None = Field(default=None, description="The first day away.")
    away_until: FullDate | None = Field(default=None, description="The first day back; without one: open.")
    substitute: StaffId | None = Field(default=None, description="Reaches what is theirs while they are away.")


class NewMember(Standing):
    id: StaffId = Field(description="Given by the business: the `username` of the member's token.")
    name: ShortLine
    email: Email | None = None
    language: Language | None = None
    timezone: Timezone | None = None
    sender_name: ShortLine | None = Field(default=None, description=_SENDER)
    signature: Signature | None = Field(default=None, description=_SIGNATURE)
    reminders: Literal["single", "digest"] | None = Field(default=None, description=_REMINDERS)
    digest_at: Hour | None = Field(default=None, description="By the member's clocks; without one 08:00.")
    notify: Literal["at_once", "daily", "never"] | None = Field(default=None, description=_NOTIFY)


class MemberChange(Standing):
    """Fields to change (RFC 7396): absent stays, null empties; the name can be changed, not emptied."""

    name: ShortLine = ""
    email: Email | None = None
    language: Language | None = None
    timezone: Timezone | None = None
    sender_name: ShortLine | None = Field(default=None, description=_SENDER)
    signature: Signature | None = Field(default=None, description=_SIGNATURE)
    reminders: Literal["single", "digest"] | None = Field(default=None, description=_REMINDERS)
    digest_at: Hour | None = Field(default=None, description="By the member's clocks; without one 08:00.")
    notify: Literal["at_once", "daily", "never"] | None = Field(default=None, description=_NOTIFY)


class MemberOut(NewMember):
    version: int
    created_at: str
    updated_at: str


class AccountOut(Document):
    """How somebody stands at the user pool.

    `state`: none (not invited yet), inviting, invited, there (the account was made by others), undelivered, refused.
    """

    state: str
    email: str | None = None
    invited_at: str | None = None
    reason: str | None = None


class MemberList(Document):
    items: list[MemberOut]
    next: str | None


Pointers = Annotated[list[ShortLine], Field(max_length=100)]
Permissions = Annotated[list[ShortLine], Field(max_length=100)]


class RoleChange(Document):
    """What a role may; a permission under several reaches goes as far as the widest."""

    says: ShortLine | None = Field(default=None, description="Who has it, in a sentence.")
    own: Permissions | None = Field(default=None, description="Permissions for one's own customers.")
    team: Permissions | None = Field(default=None, description="Permissions for the customers of one's teams.")
    all: Permissions | None = Field(default=None, description="Permissions for everything.")
    hidden: Pointers | None = Field(default=None, description="Fields that it does not see, such as /gender.")
    purpose: Literal["greeting", "marketing", "service"] | None = Field(
        default=None, description="Sees e-mail, phone and address only of customers who allow contact for it."
    )
    unowned: bool | None = Field(default=None, description="Whether customers of nobody are within `own` and `team`.")


class NewRole(RoleChange):
    id: Id


class RoleOut(Document):
    """A role; a built-in one has no version and cannot be changed."""

    id: str
    built_in: bool
    version: int | None
    says: str
    own: list[str]
    team: list[str]
    all: list[str]
    hidden: list[str]
    purpose: str | None
    unowned: bool


class RoleList(Document):
    """All roles, the built-in ones first, and all permissions in words."""

    items: list[RoleOut]
    permissions: dict[str, str]
    hideable: dict[str, str]


class TeamChange(Document):
    name: ShortLine


class NewTeam(TeamChange):
    id: Id


class TeamOut(Document):
    id: str
    name: str
    version: int
    members: list[str]


class TeamList(Document):
    items: list[TeamOut]
