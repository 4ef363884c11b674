"""Purchases as they go in and out over HTTP."""

import re
from collections.abc import Collection
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer

from crm.core.fields import Currency, Document, Instant, Line, Money, ShortLine
from crm.core.reason import BadValue, Reason
from crm.core.veiled import Veiled
from crm.timeline import rules as timeline_rules


def _quantity(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and re.fullmatch(r"\d{1,12}(\.\d{1,6})?", value, re.ASCII):
        return Decimal(value)
    raise BadValue(Reason('must be a whole number such as 2, or a decimal as text such as "0.750"'))


Quantity = Annotated[Decimal, BeforeValidator(_quantity), PlainSerializer(str)]


class PurchaseLine(Document):
    """One position of a purchase; the amount is that of the whole line."""

    product: Line
    quantity: Quantity = Decimal(1)
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
    quantity: str
    amount: str | None = None


class Purchase(Veiled):
    """A recorded purchase."""

    id: str
    at: str
    amount: str
    currency: str
    payment_method: str | None = None
    purpose: str | None = None
    place: str | None = None
    lines: list[RecordedLine] = []
    recorded_at: str
    recorded_by: str

    def veiled(self, hidden: Collection[str]) -> Self | None:
        told = {"payment_method": self.payment_method, "purpose": self.purpose}
        seen = timeline_rules.visible(timeline_rules.PURCHASE, told, hidden)
        return self.model_copy(update={**dict.fromkeys(told), **seen})


class PurchaseList(Document):
    """One page of purchases, newest first."""

    items: list[Purchase]
    next: str | None
