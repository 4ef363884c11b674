"""Values in the form in which the store has them: as boto3's own serialiser writes and reads them."""

from __future__ import annotations

from decimal import Decimal, Inexact
from typing import Any

import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from crm.core.typed import Untyped, plain, typed

NUMBERS = st.integers(-(10**30), 10**30) | st.decimals(-(10**20), 10**20, places=6)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.binary(max_size=20)
SETS = st.sets(NUMBERS, max_size=4) | st.sets(st.text(max_size=5), max_size=4) | st.sets(st.binary(max_size=5))
VALUES = st.recursive(
    LEAVES | SETS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@given(VALUES)
def test_values_are_written_and_read_as_boto3_does(value: Any) -> None:
    ours, theirs = typed(value), TypeSerializer().serialize(value)
    assert ours == theirs
    assert plain(ours) == _bytes(TypeDeserializer().deserialize(theirs))


@pytest.mark.parametrize("value", [1.5, object(), {1, "a"}, Decimal("NaN"), Decimal("Infinity"), {1.5}])
def test_what_the_store_has_no_type_for_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        TypeSerializer().serialize(value)
    with pytest.raises(Untyped):
        typed([value])


def test_a_number_that_would_lose_a_digit_is_refused() -> None:
    with pytest.raises(Inexact):
        typed(Decimal("1." + "1" * 38))


def _bytes(value: Any) -> Any:
    """With boto3's own class for binary values taken off."""
    match value:
        case Binary():
            return value.value  # type: ignore[attr-defined]
        case dict():
            return {name: _bytes(one) for name, one in value.items()}
        case list():
            return [_bytes(one) for one in value]
        case set():
            return set(map(_bytes, value))
    return value
