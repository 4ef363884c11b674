"""Merges as they go in and out over HTTP."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm.core.fields import Document, Line
from crm.customers.schemas import Facts

Side = Literal["into", "from"]
Choices = Annotated[
    dict[Annotated[str, Field(max_length=200)], Side],
    Field(max_length=200, description="By field (a JSON pointer of the preview) whose value is to stand."),
]
Version = Annotated[int, Field(ge=1, description="The version that the preview showed.")]


class Pair(Document):
    """Two records: `from` is merged into `into`."""

    into: Line
    from_: Annotated[Line, Field(alias="from")]
    choices: Choices = {}


class NewMerge(Pair):
    """A merge to be made, of the records as the preview showed them."""

    into_version: Version
    from_version: Version


class SideOut(Document):
    """One of the two records as it is now."""

    id: str
    name: str
    version: int
    facts: Facts


class FieldOut(Document):
    """One field of both, and what stands: whose value, and why."""

    field: str
    into: Any = None
    from_: Annotated[Any, Field(alias="from")] = None
    result: Any = None
    wins: Literal["into", "from", "both"]
    why: Literal["same", "only_one", "chosen", "with_year", "newer_source", "stays", "united", "strictest"]


class PreviewOut(Document):
    """What the merge would make."""

    into: SideOut
    from_: Annotated[SideOut, Field(alias="from")]
    fields: list[FieldOut]
    facts: Facts


class ChosenOut(Document):
    """Of one field whose value stands, and why."""

    field: str
    wins: str
    why: str


class ReportOut(Document):
    """What stays with the other record after an undoing: fields that changed since, and events recorded since."""

    kept: list[str]
    events: int


class MergeOut(Document):
    """A merge. While it is `moving` or `undoing`, what belongs to the one is on its way to the other."""

    id: str
    into: str
    from_: Annotated[str, Field(alias="from")]
    state: Literal["moving", "done", "undoing", "undone"]
    at: str
    by: str
    undo_until: str
    done_at: str | None = None
    undone_at: str | None = None
    undone_by: str | None = None
    fields: list[ChosenOut]
    report: ReportOut | None = None
