"""The kinds of values that a business's own fields take: each in one normal form, or refused with what would do. Pure.

Digits of every script are understood in numbers, money and dates.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from crm.calendar.occasions import is_date
from crm.core import text, values
from crm.core.reason import BadValue, Reason

MOST_LETTERS = 1000
MOST_DIGITS = 15
"""JSON numbers carry no more through everybody's floating point."""
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,8})?", re.ASCII)
_MONEY_PLACES = 4
_POINT = str.maketrans({"\u066b": "."})
_UNSEEN = re.compile(r"[\s<>\"\\^`{|}\x00-\x1f\x7f]")


class ValueRefused(BadValue):
    """The field does not take this value; the text says what it takes."""


def line_or_lines(value: Any) -> str:
    """A text of up to 1,000 characters. Raises ValueRefused."""
    if not isinstance(value, str):
        raise ValueRefused(Reason('must be a text in quotes, such as "A-42"'))
    if not value.strip():
        raise ValueRefused(Reason("is empty; send null to empty the field"))
    if len(value) > MOST_LETTERS:
        raise ValueRefused(Reason("must have at most {max_length} characters", max_length=MOST_LETTERS))
    try:
        return values.lines(value.strip())
    except BadValue as wrong:
        raise ValueRefused(wrong.reason) from wrong


def number(value: Any) -> int | Decimal:
    """An exact number of up to 15 digits, given as such or as text. Raises ValueRefused."""
    remedy = Reason(
        'must be a number such as 38 or "12.5", of at most {digits} digits, without signs between them',
        digits=MOST_DIGITS,
    )
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise ValueRefused(remedy)
    written = _plain(value).translate(_POINT) if isinstance(value, str) else format(Decimal(value), "f")
    if not _NUMBER.fullmatch(written) or sum(map(str.isdigit, written.lstrip("+-0."))) > MOST_DIGITS:
        raise ValueRefused(remedy)
    exact = Decimal(written)
    return int(exact) if exact == exact.to_integral_value() else exact


def money(value: Any) -> int | Decimal:
    """An amount in the reporting currency. Raises ValueRefused."""
    amount = number(value)
    if -int(Decimal(amount).normalize().as_tuple().exponent) > _MONEY_PLACES:
        raise ValueRefused(
            Reason("must be an amount with at most {money_places} digits after the point", money_places=_MONEY_PLACES)
        )
    return amount


def full_date(value: Any) -> str:
    """A day as YYYY-MM-DD. Raises ValueRefused."""
    remedy = Reason("must be a date of the calendar as YYYY-MM-DD")
    day = _plain(value) if isinstance(value, str) else ""
    if not is_date(day) or day.startswith("--"):
        raise ValueRefused(remedy)
    return date.fromisoformat(day).isoformat()


def calendar_date(value: Any) -> str:
    """A day that comes round every year, with the year it began in where that is known. Raises ValueRefused."""
    day = _plain(value) if isinstance(value, str) else ""
    if not is_date(day):
        raise ValueRefused(
            Reason("must be a day of the year as --MM-DD, or as YYYY-MM-DD where its first year is known")
        )
    return day


def yes_or_no(value: Any) -> bool:
    """Yes or no. Raises ValueRefused."""
    if not isinstance(value, bool):
        raise ValueRefused(Reason("must be true or false"))
    return value


def link(value: Any) -> str:
    """The address of a page. Raises ValueRefused."""
    remedy = Reason("must be the address of a page, such as https://shop.example/sara")
    address = value.strip() if isinstance(value, str) else ""
    if not address or len(address) > MOST_LETTERS or _UNSEEN.search(address):
        raise ValueRefused(remedy)
    try:
        parts = urlsplit(address)
        named = "." in (parts.hostname or "").strip(".")
        port = parts.port
    except ValueError as malformed:
        raise ValueRefused(remedy) from malformed
    if parts.scheme.lower() not in {"http", "https"} or not named or parts.username is not None or port == 0:
        raise ValueRefused(remedy)
    return address


def _plain(value: str) -> str:
    return text.ascii_digits(value).strip()
