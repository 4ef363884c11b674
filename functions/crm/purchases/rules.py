"""What a purchase does to a customer's facts. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crm.core.errors import FieldError, InvalidFields
from crm.purchases.schemas import NewPurchase

KIND = "purchase"


def advance(
    facts: Mapping[str, Any], *, amount: Decimal, currency: str, reporting_currency: str, at: str
) -> dict[str, Any]:
    """The facts after a purchase: money in the reporting currency is spent, other money is kept by currency."""
    after = {
        **facts,
        "purchases": facts["purchases"] + 1,
        "first_purchase_at": min(at, facts.get("first_purchase_at") or at),
        "last_purchase_at": max(at, facts.get("last_purchase_at") or at),
    }
    if currency == reporting_currency:
        after["spent"] = facts["spent"] + amount
    else:
        others = facts.get("other_currencies") or {}
        after["other_currencies"] = {**others, currency: others.get(currency, Decimal(0)) + amount}
    return after


def require_sound(purchase: NewPurchase) -> None:
    """Amounts are not negative, and the lines that have one add up to the whole. Raises InvalidFields."""
    wrong = [FieldError("/amount", "must not be negative; returns are not purchases")] if purchase.amount < 0 else []
    for index, line in enumerate(purchase.lines):
        if line.quantity <= 0:
            wrong.append(FieldError(f"/lines/{index}/quantity", "must be more than zero"))
    amounts = [line.amount for line in purchase.lines]
    if amounts and None not in amounts and sum(filter(None, amounts)) != purchase.amount:
        wrong.append(FieldError("/amount", "differs from the sum of the lines; a discount is a line with a minus"))
    if wrong:
        raise InvalidFields("; ".join(f"{field.pointer}: {field.reason}" for field in wrong), fields=tuple(wrong))
