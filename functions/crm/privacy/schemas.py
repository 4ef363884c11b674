"""The bin as it goes out over HTTP."""

from pydantic import Field

from crm.core.fields import Document


class BinEntry(Document):
    """A deleted customer, enough of them to be recognised by."""

    id: str
    name: str
    kind: str
    email: str | None = None
    phone: str | None = None
    owner: str | None = None
    deleted_at: str
    deleted_by: str
    erased_from: str = Field(description="From then on they are erased, within a day, and cannot be restored.")


class BinList(Document):
    """One page of the bin."""

    items: list[BinEntry]
    next: str | None


class Restored(Document):
    """Who is back; `GET /customers/{id}` has the rest."""

    id: str
    version: int
    name: str
