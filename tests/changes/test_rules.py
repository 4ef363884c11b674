"""What differs between two states of a record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.changes import rules
from crm.core.author import Author
from crm.customers.models import Profile
from crm.customers.schemas import Customer, CustomerChange

LETTER = "न"


def test_every_attribute_of_a_profile_is_a_field_of_people_or_only_kept() -> None:
    shown = {*CustomerChange.model_fields, "groups", "other_addresses", "own_answers"}
    assert set(Profile.get_attributes()) - shown == rules.KEEPING
    assert shown <= set(Customer.model_fields)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(1, True, False), (Decimal(2), 2, True), (None, None, True), ("1", 1, False), (False, 0, False), ("a", "a", True)],
)
def test_values_are_the_same_as_people_mean_it(one: Any, other: Any, same: bool) -> None:
    assert rules.same(one, other) is same


def test_changes_sort_by_version_and_what_makes_none_between() -> None:
    places = [rules.place(9), rules.place(9, revision=12), rules.place(9, revision=101), rules.place(10)]
    assert places == sorted(places)


def test_of_too_much_text_the_old_values_stay_and_the_longest_new_ones_go_first() -> None:
    told = {"/a": {"from": LETTER * 10, "to": LETTER * 12}, "/b": {"from": "x", "to": LETTER * 20}}
    assert rules.fitting(told, most=1000) == told
    assert rules.fitting(told, most=80) == {"/a": told["/a"], "/b": {"from": "x", "to": {"cut": 62}}}
    assert rules.fitting(told, most=45)["/a"] == {"from": LETTER * 10, "to": {"cut": 38}}
    assert rules.fitting(told, most=10)["/a"]["from"] == {"cut": 32}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (None, "2026-11-22T00:00:00.000000Z"),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T10:00:00+05:45", "2026-03-01T04:15:00.000000Z"),
        ("2031-03-01", "2026-11-22T00:00:00.000000Z"),
        ("2031-03-01T10:00:00+05:45", "2026-11-22T00:00:00.000000Z"),
    ],
)
def test_a_source_says_of_when_it_is(said: str | None, kept: str) -> None:
    assert Author("", at=said).said_at("2026-11-22T00:00:00.000000Z") == kept


@pytest.mark.parametrize("said", ["yesterday", "2026-03-01T10:00:00", "2026-02-30"])
def test_a_time_that_could_mean_several_is_refused(said: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        Author("", at=said).said_at("2026-11-22T00:00:00.000000Z")
