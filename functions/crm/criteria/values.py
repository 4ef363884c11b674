"""The values that a rule compares with: read strictly, and refused with what would do instead."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.core import text
from crm.core.reason import BadValue, Reason

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,8})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARLESS = re.compile(r"--[0-9]{2}-[0-9]{2}")
_LEAP_YEAR = "2024-"
_BIRTHDAY_REMEDY = Reason('give a date "1990-05-17", or "--05-17" for a day of any year')
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]")
_INSTANT_REMEDY = Reason('give a day "2026-01-31" or an instant "2026-01-31T09:00:00Z"')
_MOST_DIGITS = 30


class ValueRefused(BadValue):
    """The value cannot be compared with this field; the text says what would do."""


def number(value: Any) -> Decimal:
    """A number of a rule: 100, 99.5 or "100.00". Raises ValueRefused."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        raise ValueRefused(Reason('give a number such as 100 or "100.00"'))
    if isinstance(value, str):
        plain = text.ascii_digits(value).strip()
    else:
        # Written out, since JSON may say 1e3 for 1000; what is too large for that is refused below.
        exact = Decimal(repr(value) if isinstance(value, float) else value)
        plain = format(exact, "f") if exact.is_finite() and abs(exact.adjusted()) < _MOST_DIGITS else ""
    if not _NUMBER.fullmatch(plain):
        raise ValueRefused(
            Reason(
                'give a number such as 100 or "100.00", at most {most} digits and 8 decimals',
                most=_MOST_DIGITS,
            )
        )
    return Decimal(plain)


def day_or_instant(value: Any) -> date | datetime:
    """A whole day, or an instant. Raises ValueRefused."""
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value) if _INSTANT.match(value) else None
    except (TypeError, ValueError) as malformed:
        raise ValueRefused(_INSTANT_REMEDY) from malformed
    if moment is None:
        raise ValueRefused(_INSTANT_REMEDY)
    if moment.tzinfo is None:
        raise ValueRefused(Reason('an instant needs its offset, as in "2026-01-31T09:00:00Z"'))
    return moment


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
    found = text.loose_key(_words(value))
    if not found:
        raise ValueRefused(Reason("give a text with letters, digits or signs: of this one nothing is left to compare"))
    return found


def code(value: Any) -> str:
    """A code of a rule, in lower case. Raises ValueRefused."""
    return _words(value).strip().casefold()


def flag(value: Any) -> bool:
    """True or false. Raises ValueRefused."""
    if not isinstance(value, bool):
        raise ValueRefused(Reason("give true or false"))
    return value


def scalar(value: Any) -> Any:
    """A value of the business's own field: text, number, true or false. Raises ValueRefused."""
    if isinstance(value, bool):
        return value
    return folded(value) if isinstance(value, str) else number(value)


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise ValueRefused(Reason("give a text of 1 to 200 characters"))
    return value


def in_order(literal: Any, low: Any, high: Any) -> None:
    """Whether the ends of a range can be its ends. Days of the year may go over the year's. Raises ValueRefused."""
    ends = [literal(low), literal(high)]
    if bool in map(type, ends):
        raise ValueRefused(Reason("true and false have no order; use eq"))
    yearless = [isinstance(end, str) and bool(_YEARLESS.fullmatch(end)) for end in (low, high)]
    if all(yearless):
        return
    if any(yearless) or (isinstance(low, str) is not isinstance(high, str) and str in map(type, ends)):
        raise ValueRefused(Reason("give two ends of the same kind"))
    if _comparable(ends[0]) > _comparable(ends[1]):
        raise ValueRefused(Reason("give the lower end first"))


def _comparable(end: Any) -> Any:
    # Of a day and an instant only the days are compared: where the day begins depends on the business's zone.
    return end.date() if isinstance(end, datetime) else end
