"""Purchases as they go in and out over HTTP."""

from typing import Annotated

from pydantic import Field

from crm.core.fields import Currency, Document, Instant, Line, Money, ShortLine

Quantity = Annotated[int | Money, Field(description='How many, such as 2 or "0.750".')]


class PurchaseLine(Document):
    """One position of a purchase; the amount is that of the whole line."""

    product: Line
    quantity: Quantity = 1
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


class Purchase(Document):
    """A recorded purchase."""

    id: str
    at: str
    amount: Money
    currency: str
    payment_method: str | None = None
    purpose: str | None = None
    place: str | None = None
    lines: list[PurchaseLine] = []
    recorded_at: str
    recorded_by: str


class PurchaseList(Document):
    """One page of purchases, newest first."""

    items: list[Purchase]
    next: str | None
