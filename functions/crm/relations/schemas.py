"""Relations and accounts as they go in and out over HTTP."""

from collections.abc import Collection
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from crm.core.fields import Amount, Document, FullDate, Line
from crm.core.veil import is_hidden
from crm.core.veiled import Veiled
from crm.relations.rules import Kind, Role


def _distinct(roles: list[Role]) -> list[Role]:
    return sorted(set(roles))


Roles = Annotated[list[Role], AfterValidator(_distinct), Field(max_length=10)]


class RelationFields(Document):
    """What can be said of a relation; absent means nothing is known."""

    roles: Roles | None = Field(default=None, description="Of people with an organisation: one, several or none.")
    title: Line | None = Field(default=None, description="What a person is called there, such as Head of purchasing.")
    from_: Annotated[FullDate | None, Field(alias="from")] = None
    until: FullDate | None = Field(default=None, description="The day it ended, today at the latest; empty: it lasts.")
    note: Line | None = None


class NewRelation(RelationFields):
    """A relation of the customer in the path, as it is seen from there."""

    kind: Kind
    customer: Line | None = Field(default=None, description="The other one's id; none where it is the business itself.")


class RelationChange(RelationFields):
    """What is to be changed (RFC 7396): absent stays, null empties."""


class OtherCustomer(Document):
    """The other side, as it is now."""

    id: str
    name: str
    kind: str


class RelationOut(Veiled):
    """A relation, seen from the customer in the path."""

    kind: str
    customer: OtherCustomer | None = Field(description="Null: the business itself.")
    roles: list[str] = []
    title: str | None = None
    from_: Annotated[str | None, Field(alias="from")] = None
    until: str | None = None
    note: str | None = None
    version: int
    created_at: str
    created_by: str
    updated_at: str

    def veiled(self, hidden: Collection[str]) -> Self | None:
        return None if is_hidden("/relations", hidden) else self


class RelationList(Document):
    """One page of a customer's relations."""

    items: list[RelationOut]
    next: str | None


class Sums(Document):
    """What purchases and contacts add up to; `spent` in the reporting currency, other currencies apart."""

    spent: Amount
    other_currencies: dict[str, Amount]
    purchases: int
    interactions: int
    first_purchase_at: str | None = None
    last_purchase_at: str | None = None
    last_contact_at: str | None = None


class AccountOrganisation(Document):
    """The organisation or one of its branches, with its own sums and those of its people."""

    id: str
    name: str
    branch_of: str | None = Field(default=None, description="The id of its head office within this account.")
    level: int = Field(description="0: the organisation itself, 1: its branches, 2: theirs …")
    people: int
    own: Sums = Field(description="What is recorded with the organisation itself.")
    sums: Sums = Field(description="The same with its people; without its branches.")


class AccountPerson(Document):
    """Somebody who belongs to one of the organisations now."""

    id: str
    name: str
    organisation: str
    roles: list[str]
    title: str | None = None
    from_: Annotated[str | None, Field(alias="from")] = None
    spent: Amount
    purchases: int
    last_contact_at: str | None = None


class AccountOut(Document):
    """An organisation with its people and branches."""

    id: str
    name: str
    totals: Sums = Field(description="Of the organisation, its branches and all their people, each counted once.")
    organisations: list[AccountOrganisation]
    people: list[AccountPerson]
    open_reminders: int = Field(description="Reminders to the organisation itself, or about it, that are pending.")
    complete: bool = Field(description="Whether all branches and people are in the sums; else they are of the first.")
    next: str | None = Field(description="The cursor of the next people.")
