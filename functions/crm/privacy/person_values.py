"""How the page of one person says what is stored: days, times and money as people of their language write them. Pure.

What is stored is known here by its form and its name alone, since a page holds kinds that no model knows.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from crm.calendar.occasions import is_date
from crm.mail import languages, own_values
from crm.mail.languages import Language
from crm.own_fields.rules import Definition

CUSTOM = "custom"
_MONEY = frozenset({"amount", "spent"})
_BY_CURRENCY = "other_currencies"
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_PLACES = 2
# Beside the value of a field stands what is known of it: since when, from whom.
_OF_FIELD = frozenset({"from", "to", "value", "other"})


@dataclass(frozen=True)
class Reader:
    """Whose page it is: their language, their clocks, how fields are called (`labels`), and the business's own."""

    language: Language
    zone: ZoneInfo
    labels: Mapping[str, str]
    own: Mapping[str, Definition]


def said(value: Any, path: tuple[str, ...], reader: Reader, *, currency: str) -> str:
    """The value of the field at `path`. `currency`: of money that stands without one of its own."""
    if isinstance(value, bool):
        return reader.labels["yes" if value else "no"]
    if isinstance(value, list):
        return languages.listed((said(one, path, reader, currency=currency) for one in value), reader.language)
    field = reader.own.get(path[path.index(CUSTOM) + 1]) if CUSTOM in path[:-1] else None
    if field and path[-1] in _OF_FIELD | {field.name}:
        return _of_field(field, value, reader)
    if path[-1] in _MONEY or path[-2:-1] == (_BY_CURRENCY,):
        number = _number(value)
        if number is not None:
            shown = languages.decimal(number, reader.language, places=_PLACES)
            return f"{shown} {path[-1] if _BY_CURRENCY in path else currency}"
    return _dated(value, reader) if isinstance(value, str) else str(value)


def _of_field(field: Definition, value: Any, reader: Reader) -> str:
    stored = _number(value) if field.type in ("number", "money") else value
    shown = own_values.shown(field, value if stored is None else stored, reader.language)
    return languages.shown(shown, reader.language) if isinstance(shown, date) else str(shown)


def _dated(value: str, reader: Reader) -> str:
    """A day, a day of the year or a moment; a wall time, without a zone, is what clocks show already."""
    if is_date(value):
        return (
            languages.month_day(value[2:], reader.language) if value.startswith("--") else _day(value, reader.language)
        )
    if _MOMENT.fullmatch(value):
        with suppress(ValueError, OverflowError):
            found = datetime.fromisoformat(value)
            there = found.astimezone(reader.zone) if found.tzinfo else found
            parts = (_day(there.date().isoformat(), reader.language), _hour(f"{there:%H:%M}", reader.language))
            return languages.listed(parts, reader.language)
    return value


# A history of years names few days and 1440 times of day.
@lru_cache(maxsize=4096)
def _day(value: str, language: Language) -> str:
    return languages.shown(date.fromisoformat(value), language)


@lru_cache(maxsize=4096)
def _hour(value: str, language: Language) -> str:
    return languages.shown(datetime.fromisoformat(f"2000-01-01T{value}").time(), language)


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
