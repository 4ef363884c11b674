"""How what a profile holds compares with a value of a rule, by the kind of the field. A rule's values are read once.

- text (names, addresses, tags …): folded, so case, accents and look-alike letters do not matter
- codes (ids, e-mail, phone, language, zone): case does not matter
- numbers: exact decimals, written 100 or "100.00"
- instants: a day such as "2026-01-01" means that whole day in the business's zone
- dates: "--05-17" compares the day of the year, whoever is older; a date without a year is on no date
- the business's own fields: by what the profile holds, so 38 is no text and "38" no number
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from crm.calendar.occasions import is_date
from crm.core import text
from crm.criteria.courses import day_in
from crm.criteria.standing import Moment
from crm.criteria.values import ValueRefused, code, day_or_instant, flag, folded, number

Test: TypeAlias = Callable[[Any, Moment], bool]
"""Whether a comparison holds for what is stored, which is never None."""
MakeTest: TypeAlias = Callable[[str, Any], Test]
"""From an operator and its value to the test."""

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "contains": operator.contains,
    "starts_with": lambda point, wanted: str(point).startswith(wanted),
}
_fold = lru_cache(maxsize=4096)(text.loose_key)


def on_points(read: Callable[[Any], Any], literal: Callable[[Any], Any]) -> MakeTest:
    """Tests of a field whose every value is one point of one scale."""

    def make(op: str, value: Any) -> Test:
        if op == "in":
            several = frozenset(map(literal, value))
            return lambda stored, _: read(stored) in several
        if op == "between":
            low, high = map(literal, value)
            return lambda stored, _: low <= read(stored) <= high
        compare, wanted = COMPARE[op], literal(value)
        return lambda stored, _: compare(read(stored), wanted)

    return make


def one_by_one(make: MakeTest) -> MakeTest:
    """Tests of a field that is compared in several ways: `in` and `between` by their values, each in its way."""

    def made(op: str, value: Any) -> Test:
        if op == "in":
            several = [make("eq", one) for one in value]
            return lambda stored, moment: any(test(stored, moment) for test in several)
        if op == "between":
            low, high = make("ge", value[0]), make("le", value[1])
            either = _wraps(*value)
            return lambda stored, moment: (
                low(stored, moment) or high(stored, moment) if either else low(stored, moment) and high(stored, moment)
            )
        return make(op, value)

    return made


def of_lists(make: MakeTest) -> MakeTest:
    """Tests of a list: whether any of it is that value."""

    def made(op: str, value: Any) -> Test:
        test = make("eq" if op == "contains" else op, value)
        return lambda stored, moment: any(test(one, moment) for one in stored)

    return made


def as_number(stored: Any) -> Decimal:
    """A stored number."""
    return stored if type(stored) is Decimal else Decimal(stored)


def _wraps(low: Any, high: Any) -> bool:
    """Whether days of the year go over its end: from "--12-20" to "--01-06"."""
    return all(isinstance(end, str) and end.startswith("--") for end in (low, high)) and low > high


def _instant(op: str, value: Any) -> Test:
    compare, wanted = COMPARE[op], day_or_instant(value)
    if isinstance(wanted, datetime):
        return lambda stored, _: compare(datetime.fromisoformat(stored), wanted)
    return lambda stored, moment: compare(day_in(stored, moment.zone), wanted)


def _day(op: str, value: str) -> Test:
    compare = COMPARE[op]
    if value.startswith("--"):
        of_year = value[2:]
        return lambda stored, _: compare(stored[-5:], of_year)
    return lambda stored, _: not stored.startswith("--") and compare(stored, value)


def _own(op: str, value: Any) -> Test:
    if isinstance(value, bool):
        return lambda stored, _: op == "eq" and stored is value
    as_text, as_day = text_test(op, str(value)), _day(op, value) if is_date(value) else None
    as_amount = _amount(op, value)

    def test(stored: Any, moment: Moment) -> bool:
        if isinstance(stored, str):
            return (as_day if as_day and is_date(stored) else as_text)(stored, moment)
        return not isinstance(stored, bool) and as_amount is not None and as_amount(stored, moment)

    return test


def _amount(op: str, value: Any) -> Test | None:
    try:
        return None if op in {"contains", "starts_with"} else number_test(op, number(value))
    except ValueRefused:
        return None


def full_date(stored: str) -> date | None:
    """A stored date as a day; None without its year."""
    return None if stored.startswith("--") else date.fromisoformat(stored)


text_test = on_points(_fold, folded)
code_test = on_points(str.casefold, code)
number_test = on_points(as_number, number)
flag_test = on_points(bool, flag)
instant_test = one_by_one(_instant)
day_test = one_by_one(_day)
own_test = one_by_one(_own)
