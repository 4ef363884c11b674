"""The history of a record and the sources of its values, as they go in and out over HTTP."""

from collections.abc import Collection
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints

from crm.core.author import Way
from crm.core.fields import Document
from crm.core.veil import is_hidden
from crm.core.veiled import Veiled
from crm.customers.conflicts import Taken


def _pointer(value: str) -> str:
    return value if value.startswith("/") else f"/{value}"


Pointer = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_pointer)]
"""A field as a JSON pointer: `/email`, `/custom/size`; the first slash may be left out."""


class Source(Document):
    """Whose word a value is: by which way it came, who entered it, what it came with, and of when it is."""

    way: Way
    who: str | None = None
    of: str | None = None
    at: str


class OtherValue(Source):
    """What else was said of a field, and by whom; `index` is how a decision names it."""

    index: int
    value: Any


class SourcedField(Veiled):
    """A field that is filled."""

    field: str
    value: Any
    source: Source | None = Field(description="Null: from before sources were kept.")
    conflicts: list[OtherValue]

    def veiled(self, hidden: Collection[str]) -> Self | None:
        return None if is_hidden(self.field, hidden) else self


class Sources(Document):
    """Where all values of a record are from."""

    version: int
    fields: list[SourcedField]


class Decision(Document):
    """Which value of a field is to stand: the stored one, or the other one at `index`."""

    field: Pointer
    take: Taken
    index: Annotated[int, Field(ge=0, le=100)] = 0


class HistoryEntry(Veiled):
    """One change of a record."""

    version: int = Field(description="The version it made; for groups picked by hand the one that stood.")
    at: str
    way: Way
    who: str | None = None
    of: str | None = Field(default=None, description="What it came with: the id of an import, a version restored …")
    by_rule: str | None = Field(default=None, description="The rule of routing that gave the customer an owner.")
    said_at: str | None = Field(default=None, description="Of when it was at its source, where that said so.")
    record: str | None = Field(default=None, description="Where it was made of a record that was merged into this one.")
    changes: dict[str, dict[str, Any]] = Field(
        description="By field (JSON pointer): {from, to}; of tags and groups {added, removed}; of a field that was left"
        ' as it was what else was said of it, {other}, or decided against, {refused}. {"cut": bytes} stands for a text'
        " that was too long to be kept."
    )

    def veiled(self, hidden: Collection[str]) -> Self | None:
        seen = {field: change for field, change in self.changes.items() if not is_hidden(field, hidden)}
        # A rule asks for fields, and its name may tell of them.
        told = {"changes": seen, "by_rule": None}
        return self.model_copy(update=told) if seen or not self.changes else None


class History(Document):
    """One page of the changes of a record, newest first."""

    items: list[HistoryEntry]
    next: str | None


class Restoring(Document):
    """Which fields are to be again what they were before a change."""

    fields: Annotated[list[Pointer], Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="All that it changed, unless they are named."
    )
    anyway: bool = Field(default=False, description="Also where the value was changed again since.")
