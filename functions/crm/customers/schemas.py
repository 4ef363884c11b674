"""Customers as they go in and out over HTTP."""

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator

from crm.core import text
from crm.core.fields import Amount, Document, Email, FullDate, Language, Line, ShortLine, Text, Timezone
from crm.core.names import StaffId
from crm.core.veil import is_hidden
from crm.core.veiled import OfCustomer, Veiled
from crm.customers.fields import Birthday, Custom, Kind, Phone, Tags


class Consent(Document):
    """Per purpose: allowed, refused, or no answer (absent)."""

    greeting: bool | None = None
    marketing: bool | None = None
    service: bool | None = None


class OwnAnswer(Document):
    """What a customer answered behind a link in a mail: yes, no, or null for taking an answer back."""

    allowed: bool | None
    at: str
    how: Literal["one_click", "unsubscribe_page", "preferences_page", "confirmed_by_mail"]


class AgeNoted(Document):
    """An age without a birthday, and the day it was noted."""

    years: Annotated[int, Field(ge=0, le=130)]
    noted_on: FullDate


class CustomerFields(Document):
    """What may be known of a customer beside the name; absent means unknown."""

    email: Email | None = None
    phone: Phone | None = None
    birthday: Birthday | None = None
    joined_on: FullDate | None = Field(default=None, description="When they joined the reward programme.")
    gender: ShortLine | None = None
    income_band: ShortLine | None = None
    payment_method: ShortLine | None = None
    purchase_purpose: ShortLine | None = None
    language: Language | None = None
    timezone: Timezone | None = None
    address: Text | None = None
    source: ShortLine | None = None
    owner: StaffId | None = None
    tags: Tags | None = None
    consent: Consent | None = None
    custom: Custom | None = None
    age_noted: Annotated[int, Field(ge=0, le=130)] | AgeNoted | None = None

    @field_validator("tags")
    @classmethod
    def _distinct(cls, tags: list[str] | None) -> list[str] | None:
        return None if tags is None else text.distinct(tags)


class NewCustomer(CustomerFields):
    """A customer to register."""

    name: Line
    kind: Kind = "person"


class CustomerChange(CustomerFields):
    """Fields to change (RFC 7396): absent stays, null empties, `consent` and `custom` are merged by key."""

    name: Line = ""
    kind: Kind = "person"


class MembershipHeld(Document):
    """What is said of a person with an organisation."""

    roles: list[str] = []
    title: str | None = None
    from_: Annotated[str | None, Field(alias="from")] = None
    until: str | None = None


class RelationsHeld(Document):
    """What a customer's relations come to; `GET /customers/{id}/relations` names the other sides.

    Numbers are of those that have not ended; `member_of` is by the organisation's id, with those that ended.
    """

    household: int = 0
    member_of: dict[str, MembershipHeld] = {}
    member: int = Field(default=0, description="People of an organisation.")
    branch_of: str | None = Field(default=None, description="The id of the head office.")
    branch: int = 0
    referred_by: str | None = Field(default=None, description="The id of the customer.")
    referred: int = 0
    business: list[str] = Field(default=[], description="What it is to the business itself: supplier, partner.")


class LargePurchase(Document):
    """One of the largest purchases in the reporting currency."""

    at: str
    amount: Amount


class Facts(Document):
    """What the customer's events add up to; `spent` counts purchases in the reporting currency only."""

    spent: Amount = Decimal(0)
    purchases: int = 0
    first_purchase_at: str | None = None
    last_purchase_at: str | None = None
    interactions: int = 0
    last_contact_at: str | None = None
    checked_at: str | None = None
    other_currencies: dict[str, Amount] = {}
    largest_purchases: list[LargePurchase] = []


class Customer(OfCustomer):
    """A customer as stored; what is unknown is null."""

    id: str
    version: int
    kind: str
    name: str
    email: str | None = None
    phone: str | None = None
    birthday: str | None = None
    birthday_bikram_sambat: str | None = Field(
        default=None, description="The birthday in Nepal's calendar, for who reads Nepali or lives in Nepal."
    )
    joined_on: str | None = None
    gender: str | None = None
    income_band: str | None = None
    payment_method: str | None = None
    purchase_purpose: str | None = None
    language: str | None = None
    timezone: str | None = None
    address: str | None = None
    source: str | None = None
    owner: str | None = None
    tags: list[str] = []
    consent: Consent = Consent()
    own_answers: dict[str, OwnAnswer] = Field(
        default={}, description="By purpose: what the customer answered, even if the staff changed the consent later."
    )
    custom: dict[str, Any] = {}
    age_noted: AgeNoted | None = None
    relations: RelationsHeld = RelationsHeld()
    groups: list[str] = Field(default=[], description="The hand-picked segments that they are in.")
    other_addresses: list[str] = Field(
        default=[], description="Further e-mail addresses and phone numbers, of records that were merged into this one."
    )
    conflicts: list[str] = Field(
        default=[],
        description="The fields (JSON pointers) of which something else was said as well; see their sources.",
    )
    created_at: str
    updated_at: str
    facts: Facts


class PossibleDuplicate(Veiled):
    """Somebody who may be the one who was just registered: how likely (0 to 100), and why."""

    id: str
    name: str
    score: int
    reasons: list[str]

    def veiled(self, hidden: Collection[str]) -> Self | None:
        told = {"same_email": "email", "same_phone": "phone", "same_address": "address"}
        names = {
            told.get(one, "birthday" if one.endswith(("birthday", "day_of_birth")) else "name") for one in self.reasons
        }
        return None if any(is_hidden(f"/{name}", hidden) for name in names) else self


class Registered(Customer):
    """A customer as registered, where others may be the same person."""

    possible_duplicates: list[PossibleDuplicate]


class CustomerSummary(OfCustomer):
    """A customer in a list."""

    id: str
    name: str
    kind: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    owner: str | None = None
    created_at: str | None = Field(default=None, description="In the list of the newest.")
    last_contact_at: str | None = Field(default=None, description="In the list by last contact; null for never.")
    next_reminder_at: str | None = Field(default=None, description="In the list by next reminder.")
    match: Literal["exact", "part", "similar"] | None = Field(
        default=None,
        description="In a search: each word is the beginning of one of the customer's (exact), some are inside of one "
        "(part), or fit but for a slip in each (similar).",
    )


class CustomerList(Document):
    """One page of a list of customers."""

    items: list[CustomerSummary]
    next: str | None
    complete: bool | None = Field(
        default=None,
        description="Where a search found similar names only: whether all who could be meant were looked at. Of other "
        "searches false for the time after an update in which parts inside of words are not found yet.",
    )


class TagOut(Veiled):
    """A tag and how many customers have it."""

    tag: str = Field(description="As most write it.")
    customers: int
    also_written: dict[str, int] = Field(description="Other ways of writing it, which lists take for the same tag.")

    def veiled(self, hidden: Collection[str]) -> Self | None:
        return None if is_hidden("/tags", hidden) else self


class TagList(Document):
    """All tags that somebody has, the most frequent first."""

    items: list[TagOut]
