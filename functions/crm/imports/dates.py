"""In which order the dates of a column are written.

A day below 13 fits two orders, and nothing in it says which. So a column has an order only where all of its values
leave a single one; else it is asked for, and no value is ever read by another order than the column's.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from crm.imports.days import ALL, fits
from crm.imports.reading import DateOrder, Guess

ORDERS: dict[str, str] = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}


def guess(values: Iterable[str], *, today: date, past: bool, nepali: bool) -> Guess[str]:
    """The order of a column; certain only if all values leave one, and enough of them speak for it."""
    found = [_plausible(fits(value), today=today, past=past, nepali=nepali) for value in values]
    dated = [days for days in found if days]
    if not dated:
        # Whatever order was answered, each row would say all the same that it has no date.
        return Guess("", 1.0, "no value is a date")
    # Two digits in front are a day for most people, though they could be a year.
    usual = ALL if all(days.get("ymd") == days.get("dmy") for days in dated) else sorted(ALL, key="ymd".__eq__)
    left = _distinct([order for order in usual if all(order in days for days in dated)], dated)
    if not left:
        counted = sorted(usual, key=lambda order: -sum(order in days for days in dated))[:3]
        why = "some values fit only one order, and some only another"
        return Guess(counted[0], 0.3, why, tuple(counted[1:]))
    if len(left) > 1:
        return Guess(left[0], 0.5, "every value is a date in several orders", tuple(left[1:]))
    return _single(left[0], dated, len(found))


def _distinct(orders: Sequence[DateOrder], dated: Sequence[dict[DateOrder, str]]) -> list[DateOrder]:
    """The orders that come to other days, for any value, than all before them."""
    read = {order: [days[order] for days in dated] for order in orders}
    return [order for n, order in enumerate(orders) if all(read[order] != read[other] for other in orders[:n])]


def _single(order: DateOrder, dated: Sequence[dict[DateOrder, str]], values: int) -> Guess[str]:
    deciding = sum(len(set(days.values())) == 1 for days in dated)
    share = deciding / len(dated)
    if order in {"dmy", "mdy"} and len(dated) >= 20 and share < 0.2:
        # Of true dates three in five have a day above 12; so few are slips in a column of the other order, likely.
        return Guess(order, 0.7, f"only {deciding} of {len(dated)} values fit one order alone", ("mdy", "dmy"))
    certainty = round(0.9 + 0.1 * len(dated) / values, 3) if len(dated) / values >= 0.5 else 0.6
    return Guess(order, certainty, f"{deciding} of {len(dated)} dates fit this order alone, and none another")


def _plausible(days: dict[DateOrder, str], *, today: date, past: bool, nepali: bool) -> dict[DateOrder, str]:
    left = {order: day for order, day in days.items() if nepali or order != "bs"}
    if nepali and past and "bs" in left and left.get("ymd", "") > today.isoformat():
        # Nepal counts 57 years ahead: what would be to come in every order is a day of its own calendar.
        left = {order: on for order, on in left.items() if order == "bs"}
    return left


def days_of(values: Iterable[str]) -> Iterator[str]:
    """The values that are dates in some order."""
    return (value for value in values if fits(value))
