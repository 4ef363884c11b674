"""Handovers, and the question to whom somebody would go, as they go in and out over HTTP."""

from typing import Literal

from pydantic import Field

from crm.core.fields import Document
from crm.core.names import Id, StaffId
from crm.customers.schemas import CustomerChange


class Receiver(Document):
    """Who gets them: whom the rules of routing say, one member, or a team, each by lot. One of the three."""

    rules: Literal[True] | None = None
    member: StaffId | None = None
    team: Id | None = None


class NewHandover(Document):
    """Whose customers go to whom."""

    from_: StaffId | None = Field(default=None, alias="from", description="null: those whom nobody owns.")
    to: Receiver
    dry_run: bool = Field(default=False, description="Only count who would go to whom; nobody is changed.")


class HandoverOut(Document):
    """A handover, and how far it is."""

    id: str
    from_: str | None = Field(alias="from")
    to: Receiver
    dry_run: bool
    state: Literal["running", "done", "undoing", "undone"]
    asked_at: str
    asked_by: str
    done: int | None = Field(description="How many have been looked at so far; null before the work has begun.")
    share: float | None = Field(description="Part done, 0 to 1; null where nobody knows.")
    given: int
    given_to: dict[str, int] = Field(description="By member how many.")
    left: int = Field(description="Whom no rule gives to anybody who is there; they stay as they are.")
    refused: int = Field(description="Whose records take no change before something else in them is mended.")
    done_at: str | None
    undo_until: str
    undone_at: str | None
    undone_by: str | None
    returned: int | None = Field(description="Of the undoing: how many are again whose they were.")
    kept: int | None = Field(description="Of the undoing: who was given to others since, and stays.")


class HandoverList(Document):
    """The handovers of the last weeks, the newest first."""

    items: list[HandoverOut]


class RoutingQuestion(Document):
    """To whom would a customer go: one who is stored, or one with these fields."""

    customer: str | None = Field(default=None, max_length=60)
    fields: CustomerChange | None = None


class WeighedRule(Document):
    """What became of a rule: it fits, it does not, or it fits and nobody of its target is there."""

    rule: str
    name: str
    outcome: Literal["fits", "does_not_fit", "nobody_there"]


class RoutingPreview(Document):
    """To whom somebody would go now, and why. `owner` null: to nobody. `in_turn`: it would be their turn in a team."""

    owner: str | None
    rule: str | None
    in_turn: bool
    weighed: list[WeighedRule]
