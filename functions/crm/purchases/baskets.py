"""What a purchase adds to all that a customer bought. Pure: today is passed in.

By day (of UTC) for the last days that rules can ask about, all older days together; by product, folded, and under ""
for the whole purchase. It stays small: what the names and numbers of products take is limited, and where a customer
buys more than that, the oldest days lose theirs first (still counted for "ever"), then the products bought most
rarely. The whole purchases of every day are always there.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm.criteria.bought import DAYS_KEPT, EVERYTHING, Amounts, Basket, Bought, product_key

LARGEST_DAYS_BYTES = 24_000
LARGEST_BEFORE_BYTES = 8_000
_NUMBERS_BYTES = 24
# The business's today may be another day than that of UTC, and so may the day on which a rule is asked.
_SPARE_DAYS = 2
_ZERO = Decimal(0)


def with_purchase(
    bought: Bought, *, on: date, purchase: Mapping[str, Any], reporting_currency: str, today: date
) -> Bought:
    """All that was bought, after a purchase (as it is recorded: amounts and quantities as text, with its currency)."""
    basket = _basket(purchase, counts=purchase["currency"] == reporting_currency)
    days = {**bought.days, on: _sum(bought.days.get(on, {}), basket)}
    return _recent(days, bought.before, today=today)


def _recent(days: dict[date, Basket], before: Basket, *, today: date) -> Bought:
    first = today - timedelta(days=DAYS_KEPT + _SPARE_DAYS)
    for day in sorted(day for day in days if day < first):
        before = _sum(before, days.pop(day))
    return _bounded(days, before)


def united(one: Bought, other: Bought, *, today: date) -> Bought:
    """All that two customers bought, who are one."""
    days = {day: _sum(one.days.get(day, {}), other.days.get(day, {})) for day in {*one.days, *other.days}}
    return _recent(days, _sum(one.before, other.before), today=today)


def _basket(purchase: Mapping[str, Any], *, counts: bool) -> Basket:
    lines = purchase.get("lines", [])
    amount = Decimal(purchase["amount"]) if counts else _ZERO
    found: dict[str, Amounts] = {}
    for line in lines:
        product = product_key(line["product"])
        _, quantity, total = found.get(product, (_ZERO, _ZERO, _ZERO))
        paid = Decimal(line.get("amount") or 0) if counts else _ZERO
        found[product] = (Decimal(1), quantity + Decimal(line["quantity"]), total + paid)
    found.pop(EVERYTHING, None)
    return {EVERYTHING: (Decimal(1), sum((Decimal(line["quantity"]) for line in lines), _ZERO), amount), **found}


def _sum(one: Basket, other: Basket) -> Basket:
    return {product: _added(one.get(product), other.get(product)) for product in dict.fromkeys((*one, *other))}


def _added(one: Amounts | None, other: Amounts | None) -> Amounts:
    if one is None or other is None:
        return one or other or (_ZERO, _ZERO, _ZERO)
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _bounded(days: dict[date, Basket], before: Basket) -> Bought:
    size = sum(map(_detail, days.values()))
    for day in sorted(days):
        if size <= LARGEST_DAYS_BYTES:
            break
        size -= _detail(days[day])
        before = _sum(before, {product: amounts for product, amounts in days[day].items() if product})
        days[day] = {EVERYTHING: days[day][EVERYTHING]}
    return Bought(days, _commonest(before, spare=LARGEST_BEFORE_BYTES - _detail(before)))


def _commonest(before: Basket, *, spare: int) -> Basket:
    rarest = sorted((product for product in before if product), key=lambda product: before[product])
    dropped = set()
    for product in rarest:
        if spare >= 0:
            break
        dropped.add(product)
        spare += _bytes(product)
    return {product: amounts for product, amounts in before.items() if product not in dropped}


def _detail(basket: Basket) -> int:
    return sum(_bytes(product) for product in basket if product)


def _bytes(product: str) -> int:
    return len(product.encode()) + _NUMBERS_BYTES
