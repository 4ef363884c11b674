"""Where a base is cut into five parts: against ranks of sorted values, and against how rules compute scores."""

from __future__ import annotations

import math
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from crm.criteria.rules import matches
from crm.criteria.standing import Moment
from crm.patterns import quintiles
from tests.patterns.shop import TODAY, Past

VALUES = st.one_of(st.integers(0, 30).map(Decimal), st.decimals(0, 10**7, places=2), st.integers(0, 5000).map(Decimal))


def histogram(values: list[Decimal], measure: str = "money") -> quintiles.Histogram:
    """Counted one by one, each by a worker of its own, and added up."""
    summed: dict[str, int] = {}
    for value in values:
        for name, count in quintiles.tally([(measure, value)]).items():
            summed[name] = summed.get(name, 0) + count
    return quintiles.histograms(summed)[measure]


def ranked(values: list[Decimal]) -> list[Decimal]:
    """The cut points by sorting everybody."""
    return [sorted(values)[math.ceil(len(values) * part / 5) - 1] for part in range(1, 5)]


@given(st.lists(VALUES, min_size=1, max_size=60))
def test_cut_points_are_the_ranked_values_at_most_a_hundredth_above(values: list[Decimal]) -> None:
    found, true = quintiles.cut_points(histogram(values)), ranked(values)
    assert all(exact <= point <= exact * Decimal("1.01") for point, exact in zip(found, true, strict=True))


@given(st.lists(st.integers(0, 999).map(Decimal), min_size=1, max_size=60))
def test_of_whole_numbers_below_a_thousand_they_are_exact(values: list[Decimal]) -> None:
    assert list(quintiles.cut_points(histogram(values))) == ranked(values)


@given(st.data(), st.sampled_from(quintiles.MEASURES))
def test_as_many_are_counted_under_each_score_as_rules_find(data: st.DataObject, measure: str) -> None:
    whole = st.integers(1, 4000).map(Decimal)
    values = data.draw(st.lists(VALUES if measure == "money" else whole, min_size=1, max_size=40))
    counts = histogram(values, measure)
    moment = Moment(TODAY, cuts={measure: quintiles.cut_points(counts)})
    pasts = [past(measure, value) for value in values]
    found = [
        sum(matches(rule(measure, score), {"facts": each.facts}, moment=moment) for each in pasts)
        for score in range(1, 6)
    ]
    assert found == quintiles.customers_by_score(measure, counts)


def past(measure: str, value: Decimal) -> Past:
    if measure == "recency":
        return Past(1, int(value), "1")
    return Past(int(value), 1, "1") if measure == "frequency" else Past(1, 1, str(value))


def rule(measure: str, score: int) -> dict[str, object]:
    return {"field": f"patterns.{measure}", "op": "eq", "value": score}


def test_equal_values_have_the_same_score_and_nobody_makes_no_points() -> None:
    assert quintiles.cut_points({}) == ()
    one = {Decimal(7): 1}
    same = {Decimal(7): 500}
    assert [*quintiles.cut_points(one)] == [*quintiles.cut_points(same)] == [7, 7, 7, 7]
    assert quintiles.customers_by_score("frequency", same) == [500, 0, 0, 0, 0]
    assert quintiles.customers_by_score("recency", same) == [0, 0, 0, 0, 500]
    assert [*quintiles.cut_points({Decimal(value): 1 for value in (1, 2, 3)})] == [1, 2, 2, 3]
    half_once = {Decimal(1): 50, Decimal(2): 20, Decimal(3): 30}
    assert quintiles.customers_by_score("frequency", half_once) == [50, 0, 20, 30, 0]


def test_nothing_stands_below_zero() -> None:
    assert quintiles.counted(Decimal("-5")) == quintiles.counted(Decimal(0)) == 0
    assert [quintiles.counted(Decimal(value)) for value in ("0.014", "9.991", "12.31", "1000", "1001")] == [
        Decimal("0.014"),
        10,
        Decimal("12.4"),
        1000,
        1010,
    ]
