"""The values that a rule compares with: read strictly, and refused with what would do instead."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.core import text

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,8})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARLESS = re.compile(r"--[0-9]{2}-[0-9]{2}")
_LEAP_YEAR = "2024-"
_BIRTHDAY_REMEDY = 'give a date "1990-05-17", or "--05-17" for a day of any year'
_TICK = timedelta(microseconds=1)


class ValueRefused(ValueError):
    """The value cannot be compared with this field; the text says what would do."""


def number(value: Any) -> Decimal:
    """A number of a rule: 100, 99.5 or "100.00". Raises ValueRefused."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        raise ValueRefused('give a number such as 100 or "100.00"')
    plain = text.ascii_digits(str(value)).strip()
    if not _NUMBER.fullmatch(plain):
        raise ValueRefused('give a number such as 100 or "100.00", at most 30 digits and 8 decimals')
    return Decimal(plain)


def moments(value: Any) -> tuple[datetime, datetime]:
    """The first and the last instant that a day or an instant of a rule means. Raises ValueRefused."""
    try:
        if _DATE.fullmatch(value):
            start = datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
            return start, start + timedelta(days=1) - _TICK
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError, OverflowError) as malformed:
        raise ValueRefused('give a day "2026-01-31" or an instant "2026-01-31T09:00:00Z"') from malformed
    if moment.tzinfo is None:
        raise ValueRefused('an instant needs its offset, as in "2026-01-31T09:00:00Z"')
    return moment, moment


def birthday(value: Any) -> str:
    """A date of a rule, with or without its year. Raises ValueRefused."""
    try:
        full = _LEAP_YEAR + value[2:] if _YEARLESS.fullmatch(value) else value
        if not _DATE.fullmatch(full):
            raise ValueRefused(_BIRTHDAY_REMEDY)
        date.fromisoformat(full)
    except (TypeError, ValueError) as malformed:
        raise ValueRefused(_BIRTHDAY_REMEDY) from malformed
    return str(value)


def folded(value: Any) -> str:
    """A text of a rule, folded. Raises ValueRefused."""
    return text.loose_key(_words(value))


def code(value: Any) -> str:
    """A code of a rule, in lower case. Raises ValueRefused."""
    return _words(value).strip().casefold()


def flag(value: Any) -> bool:
    """True or false. Raises ValueRefused."""
    if not isinstance(value, bool):
        raise ValueRefused("give true or false")
    return value


def scalar(value: Any) -> Any:
    """A value of the business's own field: text, number, true or false. Raises ValueRefused."""
    if isinstance(value, bool):
        return value
    return folded(value) if isinstance(value, str) else number(value)


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise ValueRefused("give a text of 1 to 200 characters")
    return value
