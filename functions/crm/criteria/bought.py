"""What a customer bought, by day and product, and questions about the purchases of a span of time.

The item is one compressed text, since it is read and written whole: `days` by date, `before` for all that is older
than the days that are kept; under each, by product (folded; "" is everything), [purchases, quantity, sum].
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal, TypeAlias, get_args

from crm.core import text
from crm.criteria.durations import Duration
from crm.criteria.standing import NEVER, Ask, Moment, Standing, plain

Measure = Literal["count", "quantity", "sum"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
EVERYTHING = ""
ATTRIBUTE = "bought"
"""Under this name a projection finds the item beside the profile, where the rules need it."""
SORT = "BOUGHT"
DAYS_KEPT = 400

Amounts: TypeAlias = tuple[Decimal, Decimal, Decimal]
"""Purchases, quantity, sum in the reporting currency."""
Basket: TypeAlias = Mapping[str, Amounts]
_NONE = Decimal(0)


@dataclass(frozen=True)
class Bought:
    """Baskets by day (in UTC), and what was bought before the first of them."""

    days: Mapping[date, Basket]
    before: Basket


NOTHING = Bought({}, {})
_LONGEST_PRODUCT = 80


def product_key(name: str) -> str:
    """The name of a product as it is looked for; "" for a name that nothing is left of."""
    return text.loose_key(name)[:_LONGEST_PRODUCT]


def packed(bought: Bought) -> bytes:
    """As it is stored."""
    plain_form = {
        "days": {day.isoformat(): _texts(basket) for day, basket in sorted(bought.days.items())},
        "before": _texts(bought.before),
    }
    return zlib.compress(json.dumps(plain_form, ensure_ascii=False, separators=(",", ":")).encode(), 9)


@lru_cache(maxsize=16)
def unpacked(stored: bytes) -> Bought:
    """From what is stored."""
    found = json.loads(zlib.decompress(stored))
    days = {date.fromisoformat(day): _numbers(basket) for day, basket in found["days"].items()}
    return Bought(days, _numbers(found["before"]))


def of(profile: Mapping[str, Any]) -> Bought:
    """What stands beside a profile; nothing where there is nothing."""
    item = profile.get(ATTRIBUTE)
    return unpacked(bytes(item["kept"])) if item else NOTHING


def asked(holds: Callable[[Decimal], bool], *, measure: Measure, product: str, within: Duration | None) -> Ask:
    """Whether a comparison holds for the purchases of a product ("": all) in a span that ends today; None: ever."""
    place = MEASURES.index(measure)

    def ever(profile: Mapping[str, Any], _: Moment) -> Standing:
        bought = of(profile)
        baskets = [*bought.days.values(), bought.before]
        return plain(holds(sum((basket[product][place] for basket in baskets if product in basket), _NONE)))

    def lately(profile: Mapping[str, Any], moment: Moment) -> Standing:
        days = ((day, basket[product][place]) for day, basket in of(profile).days.items() if product in basket)
        return _standing(days, holds, within or Duration(), moment)

    return ever if within is None else lately


def _standing(days: Any, holds: Callable[[Decimal], bool], within: Duration, moment: Moment) -> Standing:
    # No upper end: the day of a purchase is one of UTC, which may be tomorrow's at the business.
    leaving = sorted((within.after(day, leap_day=moment.leap_day), amount) for day, amount in days)
    left = [(day, amount) for day, amount in leaving if day > moment.day]
    total = sum((amount for _, amount in left), _NONE)
    now = holds(total)
    for day, leavers in groupby(left, key=lambda one: one[0]):
        total -= sum((amount for _, amount in leavers), _NONE)
        if holds(total) != now:
            return now, day
    return now, NEVER


def _texts(basket: Basket) -> dict[str, list[str]]:
    return {product: [format(amount, "f") for amount in amounts] for product, amounts in basket.items()}


def _numbers(basket: Mapping[str, list[str]]) -> dict[str, Amounts]:
    return {product: (Decimal(n), Decimal(q), Decimal(s)) for product, (n, q, s) in basket.items()}
