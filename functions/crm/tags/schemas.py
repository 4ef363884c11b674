"""Changes of tags as they go in and out over HTTP."""

from typing import Literal

from pydantic import Field

from crm.core.fields import Document, ShortLine
from crm.tags.service import InUse


class TagRename(Document):
    """Another name for a tag."""

    name: ShortLine
    merge: bool = Field(default=False, description="Where there is a tag of that name: make one of both.")
    in_use: InUse = Field(
        default="refuse",
        description="Of groups and questionnaires that name the tag: refuse (409 names them), rewrite (they follow) "
        "or keep (they stay as they are).",
    )


class TagUser(Document):
    """What names a tag."""

    kind: Literal["segment", "questionnaire"]
    id: str
    name: str


class TagChangeOut(Document):
    """A change of a tag over all customers, and how far it is."""

    id: str
    kind: Literal["rename", "merge", "delete"]
    tag: str
    name: str | None = Field(description="What the tag is called afterwards; null: it is taken away.")
    state: Literal["running", "done", "undoing", "undone"]
    asked_at: str
    asked_by: str
    customers: int = Field(description="How many had the tag when it was asked for.")
    done: int | None = Field(description="How many have been looked at so far; null before the work has begun.")
    share: float | None = Field(description="Part done, 0 to 1; null where nobody knows.")
    changed: int
    refused: int = Field(description="Whose records take no change before something else in them is mended.")
    done_at: str | None
    follow: list[TagUser] = Field(description="Groups and questionnaires that follow.")
    undo_until: str
    undone_at: str | None
    undone_by: str | None
    returned: int | None = Field(description="Of the undoing: how many have again what they had.")
    kept: int | None = Field(description="Of the undoing: whose tags were changed since, and stay.")


class TagChangeList(Document):
    """The changes of the last weeks, the newest first."""

    items: list[TagChangeOut]
