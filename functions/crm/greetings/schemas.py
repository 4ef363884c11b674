"""Rules of greetings as they go in and out over HTTP."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from crm.core.fields import Document, Hour, ShortLine

Occasion = Literal["birthday", "purchase_anniversary"]
Template = Literal["birthday", "purchase_anniversary"]

Offset = Annotated[int, Field(ge=-60, le=60, description="Days after the occasion; negative: before it.")]
SegmentId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,40}$")]


class NewGreeting(Document):
    """A rule to add."""

    name: ShortLine
    occasion: Occasion
    offset_days: Offset = 0
    send_at: Hour = Field(default="09:00", description="Local time of each customer, from which on it is sent.")
    segment: SegmentId | None = Field(default=None, description="Only customers of this group.")
    template: Template | None = Field(default=None, description="Without one: the template of the occasion.")
    active: bool = True


class GreetingChange(Document):
    """Fields to change: absent stays; only `segment` can be emptied with null."""

    name: ShortLine = ""
    occasion: Occasion = "birthday"
    offset_days: Offset = 0
    send_at: Hour = "09:00"
    segment: SegmentId | None = None
    template: Template = "birthday"
    active: bool = True


class GreetingOut(Document):
    """A rule as it is stored."""

    id: str
    name: str
    occasion: str
    offset_days: int
    send_at: str
    segment: str | None
    template: str
    active: bool
    version: int
    created_at: str
    updated_at: str


class GreetingList(Document):
    items: list[GreetingOut]
    next: str | None


class UpcomingGreeting(Document):
    """Who is greeted on which local day, at what local time of theirs."""

    customer_id: str
    name: str
    date: str
    time: str
    timezone: str


class UpcomingList(Document):
    items: list[UpcomingGreeting]
    next: str | None
