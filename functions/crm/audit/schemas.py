"""What goes in and out over HTTP about the audit."""

from typing import Any, Literal

from pydantic import Field

from crm.core.fields import Document


class AuditDeed(Document):
    """What was done to one thing; of a change both ends by field, as far as the values still stand."""

    kind: str
    did: str
    item: list[str]
    changes: dict[str, dict[str, Any]]


class AuditEntry(Document):
    """Who did or saw what, when, and from where."""

    number: int
    at: str
    event: Literal["done", "denied", "read"]
    who: str = Field(description="A member of staff, `key:<id>`, or empty: the customer.")
    way: str | None
    role: str | None
    of: str | None = Field(description="What the way worked at, such as an import.")
    route: str | None
    request: str | None
    customer: str | None
    address: str | None = Field(description="Of the network, as long as the record stands.")
    stands: bool = Field(description="Whether the record with the values still stands; an erasure takes it.")
    deeds: list[AuditDeed]
    named: dict[str, str] | None = Field(description="What the request named, ids alone.")


class AuditPage(Document):
    """Entries, the last first."""

    items: list[AuditEntry]
    next: str | None


class AuditBreak(Document):
    """The first place of the chain that is not as it was written."""

    what: Literal["changed", "removed", "inserted", "reordered", "truncated", "forged", "record"]
    number: int
    says: str


class AuditHead(Document):
    """The end of the chain: note it elsewhere, and nobody can cut the chain shorter unseen."""

    number: int
    hash: str


class AuditVerification(Document):
    """How far the chain was looked at. `next`: go on with it; `head` stands when all was right to the end."""

    checked: int
    records: int = Field(description="Of how many of them the record still stands, and fits.")
    broken: AuditBreak | None
    head: AuditHead | None
    next: str | None
