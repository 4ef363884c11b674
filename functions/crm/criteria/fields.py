"""The profile fields that a rule may ask for, and how values of each kind compare.

Every comparison puts a point (from the profile) beside a range (from the rule, both ends included): a day is a range
of instants, everything else a range of one point.

- text (names, addresses, tags …): folded, so case, accents and look-alike letters do not matter
- codes (ids, e-mail, phone, language, zone): case does not matter
- numbers: exact decimals, written 100 or "100.00"
- instants: a day such as "2026-01-01" means that whole day in UTC
- birthdays: "--05-17" compares the day of the year, whoever is older; a birthday without a year is on no date
- yes or no: true or false
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from crm.core import text
from crm.criteria.values import ValueRefused, birthday, code, flag, folded, moments, number, scalar

Point: TypeAlias = Any
Span: TypeAlias = tuple[Point, Point, Point]
"""A profile's point, the lowest and the highest point of the rule."""

_ORDER = frozenset({"lt", "le", "gt", "ge"})
_SAME = frozenset({"eq", "ne", "in", "exists"})
_PARTS = frozenset({"contains", "starts_with"})
OPS = _ORDER | _SAME | _PARTS


@dataclass(frozen=True)
class FieldKind:
    """How a kind of field compares. `span` gives None where the profile's value is on no common scale."""

    ops: frozenset[str]
    span: Callable[[Any, Any], Span | None]
    check: Callable[[Any], Any]


def _one(read: Callable[[Any], Point], parse: Callable[[Any], Point]) -> Callable[[Any, Any], Span]:
    def span(stored: Any, value: Any) -> Span:
        wanted = parse(value)
        return read(stored), wanted, wanted

    return span


def _moment_span(stored: Any, value: Any) -> Span:
    return (datetime.fromisoformat(stored), *moments(value))


def _birthday_span(stored: Any, value: Any) -> Span | None:
    if value.startswith("--"):
        return f"--{stored[-5:]}", value, value
    return None if stored.startswith("--") else (stored, value, value)


def _custom_span(stored: Any, value: Any) -> Span | None:
    if type(stored) is bool or isinstance(value, bool):
        return (stored, value, value) if type(stored) is type(value) else None
    if isinstance(stored, str):
        wanted = folded(str(value))
        return text.loose_key(stored), wanted, wanted
    try:
        return Decimal(stored), number(value), number(value)
    except ValueRefused:
        return None


_TEXT = FieldKind(_SAME | _PARTS, _one(text.loose_key, folded), folded)
_CODE = FieldKind(_SAME | _PARTS, _one(str.casefold, code), code)
_NUMBERS = FieldKind(_SAME | _ORDER, _one(Decimal, number), number)
_INSTANT = FieldKind(_SAME | _ORDER, _moment_span, moments)
_DAY = FieldKind(_SAME | _ORDER, _birthday_span, birthday)
_FLAG = FieldKind(frozenset({"eq", "ne", "exists"}), _one(bool, flag), flag)
_TAGS = FieldKind(frozenset({"contains", "in", "exists"}), _one(text.loose_key, folded), folded)
_OWN = FieldKind(OPS, _custom_span, scalar)

FIELDS: Mapping[str, FieldKind] = {
    **dict.fromkeys(
        ("name", "address", "gender", "income_band", "payment_method", "purchase_purpose", "source"), _TEXT
    ),
    **dict.fromkeys(("kind", "email", "phone", "language", "timezone", "owner"), _CODE),
    **dict.fromkeys(("organisation.id", "organisation.role"), _CODE),
    **dict.fromkeys(("created_at", "updated_at"), _INSTANT),
    **dict.fromkeys(("facts.first_purchase_at", "facts.last_purchase_at", "facts.last_contact_at"), _INSTANT),
    **dict.fromkeys(("facts.spent", "facts.purchases", "facts.interactions", "age_noted.years"), _NUMBERS),
    **dict.fromkeys(("consent.greeting", "consent.marketing", "consent.service"), _FLAG),
    "age_noted.noted_on": _DAY,
    "birthday": _DAY,
    "joined_on": _DAY,
    "tags": _TAGS,
    "groups": _TAGS,
}
_OPEN = {"custom.": _OWN, "facts.other_currencies.": _NUMBERS}
KNOWN = (*FIELDS, "custom.<name>", "facts.other_currencies.<currency>")


def kind_of(field: Any) -> FieldKind | None:
    """How a field compares; None for a field that no profile has."""
    if not isinstance(field, str) or field in FIELDS:
        return FIELDS.get(field) if isinstance(field, str) else None
    return next((kind for prefix, kind in _OPEN.items() if field.startswith(prefix) and len(field) > len(prefix)), None)


def value_of(profile: Mapping[str, Any], field: str) -> Any:
    """What a profile holds under a field; None where it holds nothing."""
    found: Any = profile
    for part in _path(field):
        found = found.get(part) if found else None
    return None if found in ("", []) else found


def _path(field: str) -> list[str]:
    # The business's own names may hold dots: custom.shoe.size is the field "shoe.size".
    for prefix in _OPEN:
        if field.startswith(prefix):
            return [*prefix.rstrip(".").split("."), field.removeprefix(prefix)]
    return field.split(".")
