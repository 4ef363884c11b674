"""Which customers belong to a group: what a rule means, and what is said about a wrong one."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm.criteria.checking import problems
from crm.criteria.rules import compiled

PROFILE: dict[str, Any] = {
    "pk": "CUSTOMER#a",
    "name": "Ágnes Khān",
    "email": "agnes@example.com",
    "language": "ur-PK",
    "kind": "person",
    "birthday": "1990-05-17",
    "tags": ["Gold", "newsletter"],
    "consent": {"marketing": False},
    "custom": {"shoe_size": Decimal(38), "colour": "Blue", "vip": True},
    "age_noted": {"years": Decimal(41), "noted_on": "2026-01-02"},
    "address": "",
    "facts": {
        "spent": Decimal("100.00"),
        "purchases": Decimal(3),
        "interactions": Decimal(0),
        "last_purchase_at": "2026-01-31T23:59:59.500000Z",
        "other_currencies": {"EUR": Decimal(5)},
    },
}


TODAY = date(2026, 11, 22)


def matches(rule: Any, profile: Any) -> bool:
    return compiled(rule).answer(profile, day=TODAY).member


def holds(field: str, op: str, value: Any, **changed: Any) -> bool:
    rule = {"field": field, "op": op, "value": value}
    assert problems(rule) == ()
    return matches(rule, PROFILE | changed)


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("facts.spent", "ge", "100.00", True),
        ("facts.spent", "ge", 100, True),
        ("facts.spent", "gt", "99.99", True),
        ("facts.spent", "gt", Decimal("100.000"), False),
        ("facts.spent", "in", [1, "100"], True),
        ("facts.spent", "eq", "१००", True),
        ("facts.interactions", "lt", 1, True),
        ("facts.interactions", "exists", True, True),
        ("facts.other_currencies.EUR", "ge", 5, True),
        ("facts.other_currencies.USD", "ge", 0, False),
        ("name", "eq", "agnes khan", True),
        ("name", "contains", "NES K", True),
        ("name", "starts_with", "khan", False),
        ("email", "eq", "Agnes@Example.com", True),
        ("language", "starts_with", "ur", True),
        ("language", "in", ["bn", "ur"], False),
        ("tags", "contains", "gold", True),
        ("tags", "contains", "gol", False),
        ("tags", "in", ["silver", "gold"], True),
        ("consent.marketing", "eq", False, True),
        ("consent.greeting", "eq", False, False),
        ("custom.shoe_size", "ge", "38", True),
        ("custom.colour", "eq", "BLUE", True),
        ("custom.colour", "ge", 3, True),
        ("custom.vip", "eq", True, True),
        ("custom.vip", "eq", "true", False),
        ("custom.unheard_of", "exists", False, True),
        ("age_noted.years", "gt", 40, True),
        ("address", "exists", False, True),
    ],
)
def test_values_compare_as_people_mean_them(field: str, op: str, value: Any, *, expected: bool) -> None:
    assert holds(field, op, value) is expected


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("eq", "2026-01-31", True),
        ("le", "2026-01-31", True),
        ("gt", "2026-01-31", False),
        ("gt", "2026-01-30", True),
        ("lt", "2026-02-01", True),
        ("ge", "2026-01-31", True),
        ("lt", "2026-02-01T01:00:00+01:00", True),
        ("gt", "2026-02-01T05:59:59+06:00", True),
    ],
)
def test_a_day_is_the_whole_day_beside_an_instant(op: str, value: str, *, expected: bool) -> None:
    assert holds("facts.last_purchase_at", op, value) is expected


@pytest.mark.parametrize(
    ("stored", "op", "value", "expected"),
    [
        ("1990-05-17", "eq", "--05-17", True),
        ("--05-17", "eq", "--05-17", True),
        ("--05-17", "eq", "1990-05-17", False),
        ("--05-17", "lt", "2000-01-01", False),
        ("1990-05-17", "lt", "2000-01-01", True),
        ("1990-05-17", "ge", "--05-01", True),
    ],
)
def test_birthdays_compare_with_and_without_a_year(stored: str, op: str, value: str, *, expected: bool) -> None:
    assert holds("birthday", op, value, birthday=stored) is expected


@pytest.mark.parametrize("op", ["eq", "lt", "le", "gt", "ge", "in"])
def test_every_comparison_with_what_is_not_known_is_false(op: str) -> None:
    value: Any = ["2026-01-01"] if op == "in" else "2026-01-01"
    assert not holds("facts.first_purchase_at", op, value)


def test_ne_is_the_opposite_of_eq_also_for_what_is_not_known() -> None:
    assert holds("gender", "ne", "female")
    assert not holds("language", "ne", "UR-pk")


def test_all_any_and_not_combine() -> None:
    rich, young = (
        {"field": "facts.spent", "op": "ge", "value": 100},
        {"field": "age_noted.years", "op": "lt", "value": 30},
    )
    assert matches({"any": [rich, young]}, PROFILE)
    assert not matches({"all": [rich, young]}, PROFILE)
    assert matches({"all": [rich, {"not": young}]}, PROFILE)


def deep(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"field": "name", "op": "exists", "value": True}
    for _ in range(levels - 1):
        rule = {"not": rule}
    return rule


GOOD = {"field": "name", "op": "exists", "value": True}


@pytest.mark.parametrize(
    ("rule", "pointers"),
    [
        ("spent > 100", ["/rule"]),
        ({}, ["/rule"]),
        ({"all": []}, ["/rule/all"]),
        ({"all": [GOOD], "any": [GOOD]}, ["/rule/any"]),
        ({"all": [GOOD, {"field": "facts.spent", "op": "contains", "value": 1}]}, ["/rule/all/1/op"]),
        ({"all": [GOOD, {"field": "facts.spent", "op": "ge", "value": "lots"}]}, ["/rule/all/1/value"]),
        ({"any": [{"not": {"field": "facts.spend", "op": "ge", "value": 1}}]}, ["/rule/any/0/not/field"]),
        ({"field": "facts.spent", "op": "ge", "value": True}, ["/rule/value"]),
        ({"field": "facts.spent", "op": "ge", "value": None}, ["/rule/value"]),
        ({"field": "facts.spent", "op": "ge"}, ["/rule/value"]),
        ({"field": "facts.spent", "op": ["ge"], "value": 1}, ["/rule/op"]),
        ({"field": {"a": 1}, "op": "ge", "value": 1}, ["/rule/field"]),
        ({"field": "name", "op": "in", "value": "Asma"}, ["/rule/value"]),
        ({"field": "name", "op": "in", "value": ["Asma", 3]}, ["/rule/value/1"]),
        ({"field": "name", "op": "exists", "value": "yes"}, ["/rule/value"]),
        ({"field": "birthday", "op": "eq", "value": "--02-30"}, ["/rule/value"]),
        ({"field": "birthday", "op": "eq", "value": "2026-W01-1"}, ["/rule/value"]),
        ({"field": "created_at", "op": "ge", "value": "2026-01-01T10:00"}, ["/rule/value"]),
        ({"field": "facts.last_contact_at", "op": "ge", "value": 20260101}, ["/rule/value"]),
        ({**GOOD, "a/b": 1}, ["/rule/a~1b"]),
        ({"field": "custom.", "op": "eq", "value": "x"}, ["/rule/field"]),
        ({"field": "custom.shoe size", "op": "eq", "value": "x"}, ["/rule/field"]),
        ({"field": "custom.shoe.size", "op": "exists", "value": False}, ["/rule/field"]),
        ({"field": "custom.आकार", "op": "eq", "value": "x"}, ["/rule/field"]),
        ({"field": "custom.size\n", "op": "eq", "value": "x"}, ["/rule/field"]),
        ({"field": "facts.other_currencies.npr", "op": "gt", "value": 1}, ["/rule/field"]),
        (deep(11), ["/rule" + "/not" * 10]),
        ({"any": [{"all": [GOOD] * 60}, {"all": [GOOD] * 60}]}, ["/rule"]),
        ({"field": "birthday", "op": "older_than", "value": "P99999Y"}, ["/rule/value"]),
        ({"field": "birthday", "op": "older_than", "value": "PT24H"}, ["/rule/value"]),
        ({"field": "birthday", "op": "older_than", "value": "P"}, ["/rule/value"]),
        ({"field": "birthday", "op": "older_than", "value": "P0D"}, ["/rule/value"]),
        ({"field": "birthday", "op": "older_than", "value": "P٩D"}, ["/rule/value"]),
        ({"field": "birthday", "op": "older_than", "value": 90}, ["/rule/value"]),
        ({"field": "birthday", "op": "anniversary_in", "value": 13}, ["/rule/value"]),
        ({"field": "birthday", "op": "anniversary_in", "value": True}, ["/rule/value"]),
        ({"field": "birthday", "op": "anniversary_in", "value": "יום"}, ["/rule/value"]),
        ({"field": "birthday", "op": "anniversary_within_next", "value": "P1Y"}, ["/rule/value"]),
        ({"field": "facts.last_purchase_at", "op": "within_next", "value": "P1D"}, ["/rule/op"]),
        ({"field": "age", "op": "between", "value": [30]}, ["/rule/value"]),
        ({"field": "age", "op": "between", "value": [30, 18]}, ["/rule/value"]),
        ({"field": "age", "op": "between", "value": [18, "old"]}, ["/rule/value/1"]),
        ({"field": "birthday", "op": "between", "value": ["--05-01", "1990-01-01"]}, ["/rule/value"]),
        ({"field": "custom.a", "op": "between", "value": ["a", 1]}, ["/rule/value"]),
        ({"field": "custom.a", "op": "between", "value": [False, True]}, ["/rule/value"]),
        ({"field": "age", "op": "ge", "value": float("nan")}, ["/rule/value"]),
        ({"field": "age", "op": "ge", "value": 10**400}, ["/rule/value"]),
        ({"field": "age", "op": "ge", "value": Decimal("1E+99")}, ["/rule/value"]),
        ({"field": "name", "op": "eq", "value": "\u0300"}, ["/rule/value"]),
        ({"field": "name", "op": "eq", "value": "x" * 201}, ["/rule/value"]),
        ({"field": "custom." + "x" * 10**5, "op": "eq", "value": "x"}, ["/rule/field"]),
        ({"field": "segment", "op": "contains", "value": "a"}, ["/rule/op"]),
        ({"field": "segment", "op": "eq", "value": 7}, ["/rule/value"]),
        ({"field": "purchases", "op": "exists", "value": True}, ["/rule/op"]),
        ({"field": "purchases", "op": "ge", "value": 1, "within": "P2Y"}, ["/rule/within"]),
        ({"field": "purchases", "op": "ge", "value": 1, "measure": "mean"}, ["/rule/measure"]),
        ({"field": "purchases", "op": "ge", "value": 1, "product": ""}, ["/rule/product"]),
        ({"field": "age", "op": "ge", "value": 1, "within": "P2Y"}, ["/rule/within"]),
        ({"all": [{"field": "x", "op": "eq", "value": 1}, 7]}, ["/rule/all/0/field", "/rule/all/1"]),
    ],
)
def test_a_mistake_is_named_by_its_place(rule: Any, pointers: list[str]) -> None:
    found = problems(rule)
    assert [one.pointer for one in found] == pointers
    assert all(one.reason for one in found)


def test_ten_levels_and_a_hundred_conditions_are_taken() -> None:
    assert problems(deep(10)) == ()
    assert problems({"all": [GOOD] * 100}) == ()


def test_of_very_many_mistakes_the_first_are_named() -> None:
    nonsense = {"any": [{"any": [{"all": [7] * 100}] * 100}] * 10}
    found = problems(nonsense)
    assert [one.pointer for one in found[:2]] == ["/rule/any/0/any/0/all/0", "/rule/any/0/any/0/all/1"]
    assert len(found) == 50
    assert [one.pointer for one in problems({"all": [GOOD] * 10**5})] == ["/rule/all"]


def test_numbers_may_be_written_as_json_writes_them() -> None:
    assert holds("facts.spent", "eq", Decimal("1E+2"))
    assert holds("facts.spent", "eq", 1e2)
