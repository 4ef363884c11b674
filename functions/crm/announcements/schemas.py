"""Announcements, and who is signed in, as they go in and out over HTTP."""

from typing import Annotated

from pydantic import Field

from crm.core.fields import Document, FullDate, Line, Text
from crm.core.names import Id

Ids = Annotated[list[Id], Field(max_length=40)]
_TEAMS = "Who is in one of these teams; with `roles`: or has one of these. Both empty: everybody."


class AnnouncementChange(Document):
    """What changes; what is left out stays. Who has read it has not read the new version."""

    title: Line = ""
    text: Text = ""
    teams: Ids = Field(default=[], description=_TEAMS)
    roles: Ids = []
    until: FullDate | None = Field(default=None, description="The last day on which it is shown; null: always.")


class NewAnnouncement(Document):
    """What the team is to know. Title and text are plain text."""

    title: Line
    text: Text
    teams: Ids = Field(default=[], description=_TEAMS)
    roles: Ids = []
    until: FullDate | None = Field(default=None, description="The last day on which it is shown; null: always.")
    mail: bool = Field(default=False, description="Whether mail carries it, too, once to each.")


class AnnouncementOut(Document):
    """An announcement as it is now; `read_at`: when whoever asks read this version."""

    id: str
    version: int
    title: str
    text: str
    teams: list[str]
    roles: list[str]
    until: str | None
    mail: bool
    created_at: str
    created_by: str
    updated_at: str
    withdrawn_at: str | None
    read_at: str | None


class AnnouncementList(Document):
    """What is up, the newest first."""

    items: list[AnnouncementOut]


class Reader(Document):
    staff: str
    read_at: str


class Readers(Document):
    """Who has read an announcement as it is now, the first one first, and who of those whom it is for has not."""

    version: int
    read: list[Reader]
    unread: list[str]


class Me(Document):
    """Who is signed in, and what they may.

    `permissions`: by name how far each goes (own, team, all). `hidden`: fields of customers that they do not see.
    `stands_in_for`: whose customers are theirs as well, now. `unread`: announcements; a machine has none.
    """

    id: str
    name: str | None
    role: str
    is_machine: bool
    language: str | None
    teams: list[str]
    stands_in_for: list[str]
    permissions: dict[str, str]
    hidden: list[str]
    unread: list[AnnouncementOut]
