"""Exports as they go in and out over HTTP."""

from typing import Annotated, Literal

from pydantic import Field

from crm.core.fields import Document, Language, ShortLine
from crm.core.names import StaffId
from crm.customers.asking import Direction, Sort

What = Literal["customers", "relations", "everything"]
Format = Literal["csv", "xlsx", "jsonl"]
State = Literal["running", "done", "failed", "deleted", "expired"]
Chosen = Annotated[str, Field(min_length=1, max_length=200)]


class NewExport(Document):
    """What to export: a list of customers, as `GET /customers` has it, their relations, or everything."""

    what: What = "customers"
    format: Format = Field(default="csv", description="Everything comes as jsonl: one item a line.")
    search: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    segment: Chosen | None = None
    tag: ShortLine | None = None
    owner: StaffId | None = None
    language: Language | None = None
    sort: Annotated[Sort, Field(strict=False)] | None = None
    order: Annotated[Direction, Field(strict=False)] | None = None


class ExportOut(Document):
    """An export and how far it is; the link is there when it is done, and is a new one each time it is asked for."""

    id: str
    state: State = Field(description="deleted: somebody was erased meanwhile; expired: its seven days are over.")
    what: What
    format: Format
    asked: dict[str, str] = Field(description="The filters and the order.")
    created_at: str
    created_by: str
    rows: int = Field(description="So far; of a finished one, in the file.")
    percent: float | None = Field(default=None, description="Null where nobody knows how many rows there will be.")
    ended_at: str | None = None
    bytes: int | None = None
    failure: str | None = Field(default=None, description="Why it cannot be made, and the remedy.")
    url: str | None = Field(default=None, description="Downloads the file.")
    url_expires_in_seconds: int | None = None
    file_name: str | None = None
    kept_until: str | None = None


class ExportList(Document):
    """One page of exports, without links."""

    items: list[ExportOut]
    next: str | None
