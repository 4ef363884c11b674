"""The protocol of the projector, tried in every order of events that a small world can have."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import pytest

from tests.views.model import Drift, Value, Variant, search

CHANGES: tuple[Value, ...] = ("A", "B", None, "rule")


def scripts(length: int) -> list[tuple[Value, ...]]:
    """All that can happen to an item in so many changes; the rules change once at most."""
    return [script for script in product(CHANGES, repeat=length) if script.count("rule") <= 1]


@pytest.mark.parametrize("script", scripts(3), ids=str)
def test_whatever_the_order_of_three_changes_and_a_crash_the_view_ends_right(script: tuple[Value, ...]) -> None:
    assert search(script) > len(script)


@pytest.mark.parametrize("script", [("A", "B", "A", None), ("A", "B", "rule", "A"), ("A", None, "A", "B")], ids=str)
def test_there_and_back_deleted_and_made_anew_and_a_rule_in_between(script: tuple[Value, ...]) -> None:
    assert search(script) > len(script)


@pytest.mark.parametrize("part", [field.name for field in fields(Variant)])
def test_each_part_of_the_protocol_is_needed(part: str) -> None:
    with pytest.raises(Drift):
        _search_all(Variant(**{part: True}))


def _search_all(variant: Variant) -> None:
    for script in (*scripts(1), *scripts(2), *scripts(3)):
        search(script, variant=variant)


@pytest.mark.soak
@pytest.mark.parametrize("script", scripts(4), ids=str)
def test_whatever_the_order_of_four_changes(script: tuple[Value, ...]) -> None:
    assert search(script) > len(script)


@pytest.mark.soak
@pytest.mark.parametrize("script", [("A", "B", "A"), ("A", None, "A"), ("A", "rule", "B")], ids=str)
def test_three_projectors_and_two_crashes(script: tuple[Value, ...]) -> None:
    assert search(script, projectors=3, crashes=2) > len(script)
