"""The expanded template keeps every rule, and every rule finds a template that breaks it."""

from __future__ import annotations

import pytest

from tests.support.template import expanded
from tests.template.mutants import OF_EXPANDED, OF_SOURCE, broken
from tests.template.rules import buckets, failures, front_door, functions, mail, rights, sign_in, tables
from tests.template.rules.rule import RULES

ALL = (tables, buckets, rights, functions, front_door, sign_in, failures, mail)


@pytest.mark.parametrize("name", RULES)
def test_the_template_keeps_the_rule(name: str) -> None:
    assert list(RULES[name](expanded())) == []


@pytest.mark.parametrize("name", RULES)
def test_a_template_that_breaks_the_rule_is_found(name: str) -> None:
    assert list(RULES[name](broken(name)))


def test_each_rule_has_one_template_that_breaks_it() -> None:
    assert {check.__module__ for check in RULES.values()} == {module.__name__ for module in ALL}
    assert sorted([*OF_SOURCE, *OF_EXPANDED]) == sorted(RULES)
