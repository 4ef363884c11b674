"""Rules about time: what they mean on a day, and on which day that changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.criteria import bought
from crm.criteria.checking import problems
from crm.criteria.rules import compiled
from tests.criteria.making import CUTS

KARACHI = ZoneInfo("Asia/Karachi")


def written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def answer(field: str, op: str, value: Any, stored: Any, on: str, **more: Any) -> tuple[bool, str | None]:
    """The answer for a profile that holds `stored` under `field`, on a day: (member, next change)."""
    rule = {"field": field, "op": op, "value": value}
    assert problems(rule) == ()
    first, _, rest = field.partition(".")
    profile = {first: {rest: stored} if rest else stored}
    found = compiled(rule).answer(profile, day=date.fromisoformat(on), **more)
    return found.member, written(found.next_change_on)


@pytest.mark.parametrize(
    ("op", "value", "stored", "on", "expected"),
    [
        ("older_than", "P90D", "2026-01-01", "2026-03-31", (False, "2026-04-01")),
        ("older_than", "P90D", "2026-01-01", "2026-04-01", (True, None)),
        ("older_than", "P1Y", "2025-11-22", "2026-11-21", (False, "2026-11-22")),
        ("older_than", "P1M", "2026-01-31", "2026-02-27", (False, "2026-02-28")),
        ("older_than", "P1M1D", "2026-01-31", "2026-02-28", (False, "2026-03-01")),
        ("older_than", "P1Y", "2024-02-29", "2025-02-27", (False, "2025-02-28")),
        ("older_than", "P4Y", "2024-02-29", "2028-02-28", (False, "2028-02-29")),
        ("within_last", "P7D", "2026-11-16", "2026-11-22", (True, "2026-11-23")),
        ("within_last", "P7D", "2026-11-15", "2026-11-22", (False, None)),
        ("within_last", "P1D", "2026-11-22", "2026-11-22", (True, "2026-11-23")),
        ("within_last", "P1D", "2026-11-23", "2026-11-22", (False, "2026-11-23")),
        ("within_next", "P2W", "2026-12-05", "2026-11-22", (True, "2026-12-06")),
        ("within_next", "P2W", "2026-12-06", "2026-11-22", (False, "2026-11-23")),
        ("within_next", "P1D", "2026-11-22", "2026-11-22", (True, "2026-11-23")),
        ("within_next", "P2W", "2026-11-21", "2026-11-22", (False, None)),
        ("within_next", "P1M", "2026-03-31", "2026-02-28", (False, "2026-03-01")),
        ("older_than", "P150Y", "9999-12-31", "2026-11-22", (False, None)),
        ("within_last", "P1D", "--11-22", "2026-11-22", (False, None)),
    ],
)
def test_spans_are_counted_by_the_calendar(op: str, value: str, stored: str, on: str, expected: Any) -> None:
    assert answer("custom.visit", op, value, stored, on) == expected


@pytest.mark.parametrize(
    ("value", "stored", "on", "expected"),
    [
        ("day", "1990-11-22", "2026-11-22", (True, "2026-11-23")),
        ("day", "--11-22", "2026-11-23", (False, "2027-11-22")),
        ("week", "1990-11-22", "2026-11-16", (True, "2026-11-23")),  # Monday to Sunday
        ("week", "1990-11-23", "2026-11-22", (False, "2026-11-23")),
        ("week", "--01-01", "2026-12-28", (True, "2027-01-04")),
        ("month", "1990-11-01", "2026-11-22", (True, "2026-12-01")),
        ("month", "1990-12-31", "2026-11-22", (False, "2026-12-01")),
        (5, "1990-05-17", "2026-11-22", (True, None)),
        (6, "1990-05-17", "2026-11-22", (False, None)),
        ("day", "2026-11-22", "2026-11-22", (False, "2027-11-22")),  # the day itself is no anniversary
        (11, "2026-11-22", "2026-11-22", (False, "2027-01-01")),
    ],
)
def test_anniversaries_are_looked_for_in_the_calendar(value: Any, stored: str, on: str, expected: Any) -> None:
    assert answer("birthday", "anniversary_in", value, stored, on) == expected


@pytest.mark.parametrize(
    ("value", "stored", "on", "expected"),
    [
        ("P7D", "1990-11-28", "2026-11-22", (True, "2026-11-29")),
        ("P7D", "1990-11-29", "2026-11-22", (False, "2026-11-23")),
        ("P7D", "--01-03", "2026-12-28", (True, "2027-01-04")),
        ("P364D", "1990-11-21", "2026-11-22", (False, "2026-11-23")),
    ],
)
def test_an_anniversary_is_ahead_over_the_end_of_the_year(value: str, stored: str, on: str, expected: Any) -> None:
    assert answer("birthday", "anniversary_within_next", value, stored, on) == expected


@pytest.mark.parametrize(
    ("leap_day", "on", "expected"),
    [
        ("02-28", "2027-02-28", (True, "2027-03-01")),
        ("03-01", "2027-02-28", (False, "2027-03-01")),
        ("03-01", "2027-03-01", (True, "2027-03-02")),
        ("03-01", "2028-02-29", (True, "2028-03-01")),
    ],
)
def test_29_february_is_kept_where_the_business_keeps_it(leap_day: str, on: str, expected: Any) -> None:
    assert answer("birthday", "anniversary_in", "day", "2000-02-29", on, leap_day=leap_day) == expected


@pytest.mark.parametrize(
    ("leap_day", "on", "expected"),
    [
        ("02-28", "2027-02-27", (False, "2027-02-28")),
        ("03-01", "2027-02-28", (False, "2027-03-01")),
        ("03-01", "2027-03-01", (True, None)),
    ],
)
def test_who_was_born_on_29_february_grows_older_every_year(leap_day: str, on: str, expected: Any) -> None:
    rule = {"field": "age", "op": "ge", "value": 27}
    found = compiled(rule).answer({"birthday": "2000-02-29"}, day=date.fromisoformat(on), leap_day=leap_day)
    assert (found.member, written(found.next_change_on)) == expected


def aged(op: str, value: Any, **profile: Any) -> tuple[bool, str | None]:
    found = compiled({"field": "age", "op": op, "value": value}).answer(profile, day=date(2026, 11, 22))
    return found.member, written(found.next_change_on)


def test_an_age_is_counted_from_the_birthday_or_from_the_day_it_was_noted() -> None:
    noted = {"years": Decimal(40), "noted_on": "2025-01-10"}
    assert aged("between", [18, 30], birthday="1996-11-23") == (True, "2027-11-23")
    assert aged("between", [18, 30], birthday="1995-11-22") == (False, None)
    assert aged("eq", 41, age_noted=noted) == (True, "2027-01-10")
    assert aged("ge", "41.5", age_noted=noted) == (False, "2027-01-10")
    assert aged("ge", 41, age_noted=noted, birthday="2000-01-01") == (False, "2041-01-01")
    assert aged("ge", 0, birthday="--05-17") == (False, None)
    assert aged("exists", False, birthday="--05-17") == (True, None)


def test_an_instant_was_on_the_day_it_was_at_the_business() -> None:
    late = "2026-01-31T20:30:00.000000Z"  # 1:30 of the next morning in Karachi
    field = "facts.last_purchase_at"
    assert answer(field, "eq", "2026-02-01", late, "2026-11-22", zone=KARACHI) == (True, None)
    assert answer(field, "eq", "2026-01-31", late, "2026-11-22") == (True, None)
    assert answer(field, "older_than", "P1D", late, "2026-02-01", zone=KARACHI) == (False, "2026-02-02")
    assert answer(field, "older_than", "P1D", late, "2026-02-01") == (True, None)
    # Before the projections' day has risen, what was bought after midnight is of the last days already.
    assert answer(field, "within_last", "P7D", late, "2026-01-31", zone=KARACHI) == (True, "2026-02-08")


def test_days_of_the_year_can_lie_on_both_sides_of_its_end() -> None:
    holidays = ["--12-20", "--01-06"]
    assert answer("birthday", "between", holidays, "1990-12-31", "2026-11-22") == (True, None)
    assert answer("birthday", "between", holidays, "--01-06", "2026-11-22") == (True, None)
    assert answer("birthday", "between", holidays, "1990-07-01", "2026-11-22") == (False, None)


def patterns(field: str, op: str, value: Any, *, on: str = "2026-11-22", **facts: Any) -> tuple[bool, str | None]:
    rule = {"field": f"patterns.{field}", "op": op, "value": value}
    known = {"spent": Decimal(25), "purchases": Decimal(4), "interactions": Decimal(0)} | facts
    bought_at = {"first_purchase_at": "2026-08-24T10:00:00Z", "last_purchase_at": "2026-10-23T10:00:00Z"}
    found = compiled(rule).answer({"facts": bought_at | known}, day=date.fromisoformat(on), cuts=CUTS)
    return found.member, written(found.next_change_on)


def test_scores_come_from_the_facts_and_the_cut_points() -> None:
    assert patterns("recency", "eq", 4) == (True, "2026-12-23")  # 30 days ago; from the 61st day on it is 3
    assert patterns("recency", "le", 3) == (False, "2026-12-23")
    assert patterns("frequency", "eq", 4) == (True, None)
    assert patterns("money", "eq", 3) == (True, None)
    assert patterns("money", "exists", True, purchases=Decimal(0)) == (False, None)


def test_a_customer_is_late_by_the_days_between_their_own_purchases() -> None:
    assert patterns("usual_gap_days", "eq", 20) == (True, None)
    assert patterns("lateness", "ge", "1.5") == (True, None)
    assert patterns("lateness", "gt", "1.5") == (False, "2026-11-23")
    assert patterns("lateness", "ge", 3) == (False, "2026-12-22")
    assert patterns("lateness", "ge", 1, purchases=Decimal(1)) == (False, None)


def amounts(count: int, quantity: int, total: int) -> tuple[Decimal, Decimal, Decimal]:
    return Decimal(count), Decimal(quantity), Decimal(total)


DAYS = {
    date(2026, 9, 1): {"": amounts(2, 5, 40), "tea": amounts(1, 3, 9)},
    date(2026, 11, 1): {"": amounts(1, 1, 7), "tea": amounts(1, 1, 7)},
}
BEFORE = {"": amounts(10, 10, 100), "rice": amounts(3, 6, 60)}
BASKET = {bought.ATTRIBUTE: {"kept": bought.packed(bought.Bought(DAYS, BEFORE))}}


@pytest.mark.parametrize(
    ("window", "op", "value", "expected"),
    [
        ({}, "eq", 13, (True, None)),
        ({"measure": "sum"}, "eq", 147, (True, None)),
        ({"product": "Rice"}, "ge", 3, (True, None)),
        ({"within": "P90D"}, "ge", 3, (True, "2026-11-30")),
        ({"within": "P90D", "measure": "quantity"}, "gt", 5, (True, "2026-11-30")),
        ({"within": "P90D", "product": "TEA"}, "between", [1, 2], (True, "2027-01-30")),
        ({"within": "P90D", "product": "tea", "measure": "sum"}, "lt", 10, (False, "2026-11-30")),
        ({"within": "P90D", "product": "coffee"}, "eq", 0, (True, None)),
    ],
)
def test_purchases_are_counted_in_a_window(window: dict[str, Any], op: str, value: Any, expected: Any) -> None:
    rule = {"field": "purchases", "op": op, "value": value, **window}
    assert problems(rule) == ()
    found = compiled(rule).answer(BASKET, day=date(2026, 11, 22))
    assert (found.member, written(found.next_change_on)) == expected


def test_who_bought_nothing_bought_it_no_times() -> None:
    none = {"field": "purchases", "op": "lt", "value": 1}
    assert compiled(none).answer({}, day=date(2026, 11, 22)).member
    assert compiled(none).needs_bought
