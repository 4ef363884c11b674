"""Purchases as they go in and out over HTTP."""

from typing import Annotated

from pydantic import Field

from crm.core.fields import Amount, Currency, Document, Instant, Line, Money, ShortLine


class PurchaseLine(Document):
    """One position of a purchase; the amount is that of the whole line."""

    product: Line
    quantity: Annotated[int, Field(ge=1)] | Money = Field(default=1, description='How many, such as 2 or "0.750".')
    amount: Money | None = None


class NewPurchase(Document):
    """A purchase to record; without a time it happened now, without a currency it is in the reporting currency."""

    amount: Money
    currency: Currency | None = None
    at: Instant | None = None
    payment_method: ShortLine | None = None
    purpose: ShortLine | None = None
    place: ShortLine | None = None
    lines: Annotated[list[PurchaseLine], Field(max_length=200)] = []


class RecordedLine(Document):
    """One position of a recorded purchase."""

    product: str
    quantity: Amount
    amount: Amount | None = None


class Purchase(Document):
    """A recorded purchase."""

    id: str
    at: str
    amount: Amount
    currency: str
    payment_method: str | None = None
    purpose: str | None = None
    place: str | None = None
    lines: list[RecordedLine] = []
    recorded_at: str
    recorded_by: str


class PurchaseList(Document):
    """One page of purchases, newest first."""

    items: list[Purchase]
    next: str | None
