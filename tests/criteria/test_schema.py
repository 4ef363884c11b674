"""The schema of the rule language takes what the API takes."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from crm.criteria import schema
from crm.criteria.checking import problems
from tests.criteria.making import conditions, rules
from tests.support.world import Api

DOCUMENT = schema.document()
# The quick one of two validators: it is asked some thousand times.
VALIDATOR = jsonschema_rs.Draft202012Validator(DOCUMENT)
# Of each it is plain from its form whether it can be a value of a field.
ODD: list[Any] = [
    None, True, 7, -1, 7.5, "", " ", "x", "x" * 201, "P90D", "P0D", "PT1H", "P1W2D", "day", 13, [], {}, [[]], ["x"],
    [1, 2], ["x"] * 101, [None], "2026-01-31", "--05-17", "2026-01-31T09:00:00Z", "2026-01-31T09:00", "१०",
    10**31, "1" * 31,
]  # fmt: skip
NAMES: list[Any] = [
    "age",
    "name",
    "tags",
    "birthday",
    "created_at",
    "custom.x",
    "custom.",
    "custom.shoe size",
    "facts.other_currencies.npr",
    "segment",
    "purchases",
    "nonsense",
    7,
]
OPS: list[Any] = [
    "eq",
    "ge",
    "in",
    "between",
    "contains",
    "exists",
    "older_than",
    "within_next",
    "anniversary_in",
    "like",
    None,
]

REPLACEMENTS = {"field": NAMES, "op": OPS, "value": ODD}


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(DOCUMENT)


@settings(max_examples=100, deadline=None)
@given(rule=rules)
def test_what_the_api_takes_the_schema_takes(rule: Any) -> None:
    assert problems(rule) == ()
    assert VALIDATOR.is_valid(rule)


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    rule: dict[str, Any] = copy.deepcopy(draw(conditions))
    for _ in range(draw(st.integers(1, 2))):
        how = draw(st.sampled_from(["field", "op", "value", "value", "without", "more"]))
        if how == "without":
            rule.pop(draw(st.sampled_from(["field", "op", "value"])), None)
        elif how == "more":
            rule[draw(st.sampled_from(["all", "within", "product", "measure", "more"]))] = draw(st.sampled_from(ODD))
        else:
            rule[how] = draw(st.sampled_from(REPLACEMENTS[how]))
    return draw(st.sampled_from([rule, {"all": [rule]}, {"not": rule}, {"any": rule}, {"not": [rule]}, [rule]]))


# Reasons that a schema cannot know: these rules have the right form.
BEYOND = ("lower end", "same kind", "at most 364 days", "at most 400 days", "at most 150 years", "date", "instant")


@settings(max_examples=500, deadline=None)
@given(rule=spoilt())
def test_what_the_api_refuses_the_schema_refuses_as_far_as_a_schema_can(rule: Any) -> None:
    found = problems(rule)
    if VALIDATOR.is_valid(rule):
        assert not [one for one in found if not any(reason in one.reason for reason in BEYOND)]
    else:
        assert found != ()


def test_the_schema_is_served(api: Api) -> None:
    served = api.get("/segments/rule-schema")
    assert served.status == 200
    assert served.body == DOCUMENT


@pytest.mark.parametrize("name", sorted(DOCUMENT["$defs"]))
def test_every_definition_is_used(name: str) -> None:
    assert f"'#/$defs/{name}'" in repr(DOCUMENT)
