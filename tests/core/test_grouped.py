"""A mapping kept in groups is the same as one that is not."""

from __future__ import annotations

import pytest

from crm.core.grouped import Grouped, groups_of

FLAT = {("A", "1"): "x", ("B", "1"): "x", ("B", "2"): "y"}


def test_a_mapping_in_groups_is_used_as_any_other() -> None:
    found = Grouped([("1", "x", ["A", "B"]), ("2", "y", ["B"])])
    assert found == FLAT
    assert dict(found) == FLAT
    assert (found["B", "2"], found.get(("A", "2")), len(found), bool(found)) == ("y", None, 3, True)
    assert found != {**FLAT, ("C", "1"): "x"}
    with pytest.raises(KeyError):
        found["B", "3"]
    assert not Grouped([])


def test_the_groups_of_a_plain_mapping_are_its_keys_that_share_an_object() -> None:
    one, equal = ["x"], ["x"]
    plain = {("A", "1"): one, ("B", "1"): one, ("B", "2"): one, ("C", "1"): equal}
    assert groups_of(plain) == [("1", one, ["A", "B"]), ("2", one, ["B"]), ("1", equal, ["C"])]
    assert Grouped(groups_of(plain)) == plain
