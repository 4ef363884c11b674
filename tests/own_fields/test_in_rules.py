"""A rule about a field of the business's own is held to what the field is, and finds who has such a value."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from crm.criteria import own, schema
from crm.criteria.checking import problems
from crm.criteria.fields import OPS
from crm.own_fields.rules import Choice, Definition
from tests.criteria.test_schema import BEYOND, ODD
from tests.support.world import Api

CHOICES = [{"value": "gold", "labels": {"ur": "سونا"}}, {"value": "silver"}]
FIELDS = [
    Definition("t", "text", {}, {}),
    Definition("n", "number", {}, {}),
    Definition("m", "money", {}, {}),
    Definition("d", "date", {}, {}),
    Definition("y", "yearly_date", {}, {}),
    Definition("c", "choice", {}, {}, (Choice("gold", {"ur": "سونا"}), Choice("silver", {}))),
    Definition("b", "yes_no", {}, {}),
    Definition("l", "link", {}, {}),
]
KINDS = own.kinds(FIELDS)


def asked(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def define(api: Api, **fields: Any) -> None:
    assert api.post("/fields", fields).status == 201


def found(api: Api, rule: dict[str, Any]) -> int:
    answer = api.post("/segments/preview", {"rule": rule})
    assert answer.status == 200, answer.body
    return int(answer.body["members"])


@pytest.mark.parametrize(
    ("type_", "stored", "op", "value"),
    [
        ("text", "Blue sky", "contains", "SKY"),
        ("number", "۳۸", "between", [38, 40]),
        ("money", "99.50", "ge", "99.5"),
        ("date", "2020-02-01", "older_than", "P1Y"),
        ("date", "2020-02-01", "anniversary_in", 2),
        ("yearly_date", "--02-01", "anniversary_in", 2),
        ("choice", "سونا", "in", ["gold"]),
        ("yes_no", True, "eq", True),
        ("link", "https://shop.example/a", "starts_with", "https://shop"),
    ],
)
def test_a_rule_finds_who_has_such_a_value(api: Api, type_: str, stored: Any, op: str, value: Any) -> None:
    define(api, name="x", type=type_, choices=CHOICES if type_ == "choice" else [])
    for custom in ({"x": stored}, {}):
        assert api.post("/customers", {"name": "A", "custom": custom}).status == 201
    assert found(api, asked("custom.x", op, value)) == 1
    assert found(api, asked("custom.x", "exists", False)) == 1


@pytest.mark.parametrize(
    ("field", "op", "value", "place", "remedy"),
    [
        ("custom.card", "eq", "x", "/rule/field", "custom.x"),
        ("custom.x", "ge", "gold", "/rule/op", "eq, exists, in, ne"),
        ("custom.x", "eq", "bronze", "/rule/value", "give one of gold, silver"),
        ("custom.x", "in", ["gold", "bronze"], "/rule/value/1", "give one of gold, silver"),
        ("custom.x", "eq", ["gold"], "/rule/value", "give one of gold, silver"),
        ("custom.day", "eq", "17 May", "/rule/value", "1990-05-17"),
        ("custom.day", "contains", "2026", "/rule/op", "anniversary_in"),
    ],
)
def test_what_makes_no_sense_for_the_field_is_refused(
    api: Api, field: str, op: str, value: Any, place: str, remedy: str
) -> None:
    define(api, name="x", type="choice", choices=CHOICES)
    define(api, name="day", type="date")
    answer = api.post("/segments", {"name": "Some", "rule": asked(field, op, value)})
    assert answer.status == 422
    (error,) = answer.body["errors"]
    assert error["pointer"] == place
    assert remedy in error["reason"]


def test_the_schema_lists_the_fields_that_are_defined(api: Api) -> None:
    define(api, name="level", type="choice", choices=CHOICES)
    validator = Draft202012Validator(api.get("/segments/rule-schema").body)
    assert validator.is_valid(asked("custom.level", "eq", "gold"))
    assert not validator.is_valid(asked("custom.level", "eq", "bronze"))
    assert not validator.is_valid(asked("custom.other", "exists", True))
    api.delete("/fields/level", headers={"if-match": "*"})
    assert Draft202012Validator(api.get("/segments/rule-schema").body).is_valid(asked("custom.other", "exists", True))


# The quick one of two validators, as it is asked some hundred times; to it, as to JavaScript, digits are 0-9 alone.
VALUES = [*(odd for odd in ODD if odd != "१०"), "gold", "silver", "bronze"]
VALUES += [["gold"], ["gold", "bronze"], ["2026-01-01", "2027-01-01"]]
VALIDATOR = jsonschema_rs.Draft202012Validator(schema.document(KINDS))


@settings(max_examples=500, deadline=None)
@given(
    field=st.sampled_from([*KINDS, "custom.other"]),
    op=st.sampled_from(sorted(OPS)),
    value=st.sampled_from(VALUES),
)
def test_the_schema_and_the_api_agree_about_own_fields(field: str, op: str, value: Any) -> None:
    rule = asked(field, op, value)
    wrong = [one for one in problems(rule, own=KINDS) if not any(reason in one.reason for reason in BEYOND)]
    if not VALIDATOR.is_valid(rule):
        assert problems(rule, own=KINDS)
    else:
        assert wrong == []
