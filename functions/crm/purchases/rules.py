"""What a purchase does to a customer's facts. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.purchases.schemas import NewPurchase

KIND = "purchase"
# So many of a customer's purchases can have an anniversary of their own.
LARGEST_KEPT = 10
_COUNTED = frozenset(
    {"purchases", "spent", "first_purchase_at", "last_purchase_at", "largest_purchases", "other_currencies"}
)


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
        after["largest_purchases"] = largest([*facts.get("largest_purchases", ()), {"at": at, "amount": amount}])
    else:
        others = facts.get("other_currencies") or {}
        after["other_currencies"] = {**others, currency: others.get(currency, Decimal(0)) + amount}
    return after


def recounted(
    facts: Mapping[str, Any], purchases: Iterable[tuple[str, Mapping[str, Any]]], *, reporting_currency: str
) -> dict[str, Any]:
    """The facts as these purchases (their times, and what was recorded) make them; other facts stay as they are."""
    after = {name: value for name, value in facts.items() if name not in _COUNTED}
    after |= {"purchases": 0, "spent": Decimal(0)}
    for at, recorded in purchases:
        amount, currency = Decimal(recorded["amount"]), recorded["currency"]
        after = advance(after, amount=amount, currency=currency, reporting_currency=reporting_currency, at=at)
    return after


def largest(purchases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The few largest, the earlier first of equals, so that they do not depend on the order in which they are told."""
    paid = [purchase for purchase in purchases if purchase["amount"] > 0]
    return sorted(paid, key=lambda purchase: (-purchase["amount"], purchase["at"]))[:LARGEST_KEPT]


def require_sound(purchase: NewPurchase) -> None:
    """Amounts are not negative, and the lines that have one add up to the whole. Raises InvalidFields."""
    wrong = (
        [FieldError("/amount", Reason("must not be negative; returns are not purchases"))]
        if purchase.amount < 0
        else []
    )
    for index, line in enumerate(purchase.lines):
        if line.quantity <= 0:
            wrong.append(FieldError(f"/lines/{index}/quantity", Reason("must be more than zero")))
    amounts = [line.amount for line in purchase.lines]
    if amounts and None not in amounts and sum(filter(None, amounts)) != purchase.amount:
        wrong.append(
            FieldError("/amount", Reason("differs from the sum of the lines; a discount is a line with a minus"))
        )
    if wrong:
        raise InvalidFields.of(wrong)
