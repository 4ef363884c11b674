"""docs/rules.md says what the rule language is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crm.criteria import schema, words
from crm.criteria.checking import problems
from crm.criteria.fields import FIELDS, OPS
from crm.criteria.rules import compiled
from crm.criteria.standing import Moment
from tests.criteria.making import FIRST_DAY
from tests.docs.pages import ROOT
from tests.support.samples import PROFILE

PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")
EXAMPLES: list[Any] = [json.loads(found) for found in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: json.dumps(rule)[:40])
def test_every_example_is_a_rule(rule: Any) -> None:
    assert problems(rule) == ()
    assert Draft202012Validator(schema.document()).is_valid(rule)
    assert words.sentence(rule, language="en", names={})
    compiled(rule).at(PROFILE, Moment(FIRST_DAY))


def test_every_field_and_operator_is_on_the_page() -> None:
    named = set(re.findall(r"`([a-z_.]+)`", PAGE))
    assert {*FIELDS, *OPS, "segment", "purchases"} <= named
    assert "`custom.<name>`" in PAGE
