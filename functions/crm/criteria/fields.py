"""What may be asked of a profile: every field with its kind, and the operators that a kind takes.

How values of a kind compare: crm.criteria.comparing. Numbers that change by themselves: crm.criteria.courses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias

from crm.calendar.occasions import is_date
from crm.criteria import comparing, courses
from crm.criteria.courses import CourseOf
from crm.criteria.standing import Moment
from crm.criteria.values import birthday, code, day_or_instant, flag, folded, number, scalar
from crm.criteria.yearly import Yearly

Read: TypeAlias = Callable[[Mapping[str, Any], Moment], Any]
"""What a profile holds; None where it holds nothing."""

ORDER = frozenset({"lt", "le", "gt", "ge", "between"})
SAME = frozenset({"eq", "ne", "in", "exists"})
PARTS = frozenset({"contains", "starts_with"})
PAST = frozenset({"older_than", "within_last"})
FUTURE = frozenset({"within_next"})
YEARLY = frozenset({"anniversary_in", "anniversary_within_next"})
OPS = ORDER | SAME | PARTS | PAST | FUTURE | YEARLY


@dataclass(frozen=True)
class FieldKind:
    """What a kind of field takes, and how it is tested.

    `date_of` gives the day that something stored was on, `yearly_of` the day of the year; None where it has none.
    """

    name: str
    ops: frozenset[str]
    literal: Callable[[Any], Any]
    test: comparing.MakeTest
    date_of: Callable[[Any, Moment], date | None] | None = None
    yearly_of: Callable[[Any, Moment], Yearly | None] | None = None


@dataclass(frozen=True)
class Field:
    """A field: its kind, and how it is read from a profile; or its course, if time changes it."""

    kind: FieldKind
    read: Read
    course: CourseOf | None = None


def _instant_date(stored: Any, moment: Moment) -> date | None:
    return courses.day_in(stored, moment.zone)


def _instant_yearly(stored: Any, moment: Moment) -> Yearly | None:
    day = courses.day_in(stored, moment.zone).isoformat()
    return day[5:], int(day[:4])


def _day_date(stored: Any, _: Moment) -> date | None:
    return comparing.full_date(stored)


def _day_yearly(stored: Any, _: Moment) -> Yearly | None:
    return stored[-5:], None if stored.startswith("--") else int(stored[:4])


_is_date = lru_cache(maxsize=4096)(is_date)


def _own_date(stored: Any, _: Moment) -> date | None:
    return comparing.full_date(stored) if isinstance(stored, str) and _is_date(stored) else None


def _own_yearly(stored: Any, moment: Moment) -> Yearly | None:
    return _day_yearly(stored, moment) if isinstance(stored, str) and _is_date(stored) else None


_DATED = PAST | FUTURE | YEARLY
TEXT = FieldKind("text", SAME | PARTS, folded, comparing.text_test)
CODE = FieldKind("code", SAME | PARTS, code, comparing.code_test)
NUMBER = FieldKind("number", SAME | ORDER, number, comparing.number_test)
FLAG = FieldKind("flag", frozenset({"eq", "ne", "exists"}), flag, comparing.flag_test)
INSTANT = FieldKind(
    "instant", SAME | ORDER | PAST | YEARLY, day_or_instant, comparing.instant_test, _instant_date, _instant_yearly
)
DAY = FieldKind("date", SAME | ORDER | _DATED, birthday, comparing.day_test, _day_date, _day_yearly)
TAGS = FieldKind("texts", frozenset({"contains", "in", "exists"}), folded, comparing.of_lists(comparing.text_test))
CODES = FieldKind("codes", frozenset({"contains", "in", "exists"}), code, comparing.of_lists(comparing.code_test))
OWN = FieldKind("own", OPS, scalar, comparing.own_test, _own_date, _own_yearly)
KINDS = (TEXT, CODE, NUMBER, FLAG, INSTANT, DAY, TAGS, CODES, OWN)


def _stored(*path: str) -> Read:
    if len(path) == 1:
        (only,) = path
        return lambda profile, _: _known(profile.get(only))

    def read(profile: Mapping[str, Any], _: Moment) -> Any:
        found: Any = profile
        for part in path:
            found = found.get(part) if found else None
        return _known(found)

    return read


def _known(found: Any) -> Any:
    return None if found in ("", []) else found


def _largest(profile: Mapping[str, Any], _: Moment) -> Any:
    largest = _facts(profile).get("largest_purchases")
    return largest[0]["amount"] if largest else None


def _frequency(profile: Mapping[str, Any], moment: Moment) -> Any:
    return courses.score(_facts(profile).get("purchases") or None, moment.cuts.get("frequency"))


def _money(profile: Mapping[str, Any], moment: Moment) -> Any:
    facts = _facts(profile)
    return courses.score(facts.get("spent") if facts.get("purchases") else None, moment.cuts.get("money"))


def _facts(profile: Mapping[str, Any]) -> Mapping[str, Any]:
    return profile.get("facts") or {}


def _belongs(profile: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of a person with each organisation that they belong to now."""
    held = (profile.get("relations") or {}).get("member_of") or {}
    return {organisation: said for organisation, said in held.items() if "until" not in said}


def _organisations(profile: Mapping[str, Any], _: Moment) -> Any:
    return sorted(_belongs(profile)) or None


def _roles(profile: Mapping[str, Any], _: Moment) -> Any:
    return sorted({role for said in _belongs(profile).values() for role in said.get("roles", ())}) or None


def _usual_gap(profile: Mapping[str, Any], moment: Moment) -> Any:
    return courses.usual_gap(profile, moment.zone)


_STORED: Mapping[str, FieldKind] = {
    **dict.fromkeys(("name", "address", "gender", "income_band", "payment_method", "purchase_purpose", "source"), TEXT),
    **dict.fromkeys(("kind", "email", "phone", "language", "timezone", "owner", "created_by"), CODE),
    **dict.fromkeys(("relations.branch_of", "relations.referred_by"), CODE),
    **dict.fromkeys(("relations.household", "relations.member", "relations.branch", "relations.referred"), NUMBER),
    **dict.fromkeys(("created_at", "updated_at"), INSTANT),
    **dict.fromkeys(("facts.first_purchase_at", "facts.last_purchase_at", "facts.last_contact_at"), INSTANT),
    **dict.fromkeys(("facts.spent", "facts.purchases", "facts.interactions", "age_noted.years"), NUMBER),
    **dict.fromkeys(("consent.greeting", "consent.marketing", "consent.service"), FLAG),
    **dict.fromkeys(("birthday", "joined_on", "age_noted.noted_on"), DAY),
    "tags": TAGS,
    "groups": CODES,
    "relations.business": CODES,
}
_COMPUTED: Mapping[str, Field] = {
    "facts.largest_purchase": Field(NUMBER, _largest),
    "patterns.frequency": Field(NUMBER, _frequency),
    "patterns.money": Field(NUMBER, _money),
    "patterns.usual_gap_days": Field(NUMBER, _usual_gap),
    "relations.member_of": Field(CODES, _organisations),
    "relations.roles": Field(CODES, _roles),
    "age": Field(NUMBER, _stored("age"), courses.age),
    "patterns.recency": Field(NUMBER, _stored("patterns"), courses.recency),
    "patterns.lateness": Field(NUMBER, _stored("patterns"), courses.lateness),
}
FIELDS: Mapping[str, Field] = {
    **{name: Field(kind, _stored(*name.split("."))) for name, kind in _STORED.items()},
    **_COMPUTED,
}
OPEN: Mapping[str, FieldKind] = {"custom.": OWN, "facts.other_currencies.": NUMBER}
"""Fields whose last part is the business's own."""
OPEN_NAMES: Mapping[str, str] = {"custom.": "[A-Za-z][A-Za-z0-9_]{0,39}", "facts.other_currencies.": "[A-Z]{3}"}
"""What that last part can be, as customers and purchases take it: by any other name there is nothing."""
KNOWN = (*FIELDS, "custom.<name>", "facts.other_currencies.<currency>", "segment", "purchases")
_LONGEST_NAME = 100


def field_of(name: Any) -> Field | None:
    """A field by its name; None for what no profile has."""
    if not isinstance(name, str):
        return None
    if name in FIELDS:
        return FIELDS[name]
    for prefix, kind in OPEN.items():
        # Wider than OPEN_NAMES, which new rules are held to: one that is stored must never keep a customer from being
        # projected.
        if name.startswith(prefix) and len(prefix) < len(name) <= _LONGEST_NAME:
            return Field(kind, _stored(*prefix.rstrip(".").split("."), name.removeprefix(prefix)))
    return None
