"""Customers as they go in and out over HTTP."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, StringConstraints, field_validator

from crm.core import text
from crm.core.fields import Amount, CalendarDate, Document, Language, Line, ShortLine, StaffId, Text, Timezone

Kind = Literal["person", "organisation"]
Role = Literal["payer", "user", "decides", "member"]
Purpose = Literal["greeting", "marketing", "service"]
CustomValue = str | bool | int | Decimal | None
_MOST_DIGITS = 15


def _email(value: str) -> str:
    try:
        found = validate_email(value, check_deliverability=False)
    except EmailNotValidError as bad:
        raise ValueError(f"not an e-mail address: {bad}") from bad
    if text.mixes_scripts(found.domain):
        raise ValueError("the domain mixes letters of different scripts that look alike; type it in one script")
    return found.normalized.lower()


def _phone(value: str) -> str:
    digits = text.ascii_digits(value).strip()
    try:
        number = phonenumbers.parse("+" + digits[2:] if digits.startswith("00") else digits, None)
    except phonenumbers.NumberParseException as bad:
        raise ValueError("must be a phone number with its country code, such as +92 300 1234567") from bad
    if not phonenumbers.is_possible_number(number):
        raise ValueError("has too many or too few digits for its country code")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _custom(values: dict[str, CustomValue]) -> dict[str, CustomValue]:
    for name, value in values.items():
        if isinstance(value, str) and len(value) > 1000:
            raise ValueError(f"{name}: longer than 1000 characters")
        if isinstance(value, (int, Decimal)) and len(Decimal(value).as_tuple().digits) > _MOST_DIGITS:
            raise ValueError(f"{name}: more than {_MOST_DIGITS} digits; send it as text")
    return values


Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
Tags = Annotated[list[ShortLine], Field(max_length=50)]
CustomName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
Custom = Annotated[dict[CustomName, CustomValue], Field(max_length=100), AfterValidator(_custom)]


class Consent(Document):
    """Per purpose: allowed, refused, or no answer (absent)."""

    greeting: bool | None = None
    marketing: bool | None = None
    service: bool | None = None


class Membership(Document):
    """The organisation that a person belongs to, and as what."""

    id: Line
    role: Role = "member"


class AgeNoted(Document):
    """An age without a birthday, and the day it was noted."""

    years: Annotated[int, Field(ge=0, le=130)]
    noted_on: CalendarDate


class CustomerFields(Document):
    """What may be known of a customer beside the name; absent means unknown."""

    email: Email | None = None
    phone: Phone | None = None
    birthday: CalendarDate | None = None
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
    organisation: Membership | None = None

    @field_validator("tags")
    @classmethod
    def _distinct(cls, tags: list[str] | None) -> list[str] | None:
        return None if tags is None else list(dict.fromkeys(tags))


class NewCustomer(CustomerFields):
    """A customer to register."""

    name: Line
    kind: Kind = "person"


class CustomerChange(CustomerFields):
    """Fields to change (RFC 7396): absent stays, null empties, `consent` and `custom` are merged by key."""

    name: Line = ""
    kind: Kind = "person"


class Facts(Document):
    """What the customer's events add up to; `spent` counts purchases in the reporting currency only."""

    spent: Amount = Decimal(0)
    purchases: int = 0
    first_purchase_at: str | None = None
    last_purchase_at: str | None = None
    interactions: int = 0
    last_contact_at: str | None = None
    other_currencies: dict[str, Amount] = {}


class Customer(Document):
    """A customer as stored; what is unknown is null."""

    id: str
    version: int
    kind: str
    name: str
    email: str | None = None
    phone: str | None = None
    birthday: str | None = None
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
    custom: dict[str, Any] = {}
    age_noted: AgeNoted | None = None
    organisation: Membership | None = None
    created_at: str
    updated_at: str
    facts: Facts


class CustomerSummary(Document):
    """A customer in a list."""

    id: str
    name: str
    kind: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    owner: str | None = None


class CustomerList(Document):
    """One page of a list of customers."""

    items: list[CustomerSummary]
    next: str | None
