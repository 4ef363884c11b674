"""Where a base of customers is cut into five equal parts, from counts that many workers can make and add up. Pure.

Recency, frequency and money in quintiles are Arthur Hughes's (Strategic Database Marketing, 1994, chapter 5). A cut
point is a value of the base by nearest rank: the k-th is that of the customer at place ceil(k n / 5), counted from the
smallest. Who is beyond a cut point is in the next part, so **equal values always have the same score**, and parts are
of unequal size where many values are equal: of customers half of whom bought once, nobody has a score of 2.

Values are counted at three significant digits, rounded up: so the count of what is beyond a cut point is exact, and
the cut point is at most one per cent above the true one. Whole numbers below a thousand are themselves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Context, Decimal

from crm.criteria.standing import Cuts

PARTS = 5
RECENCY, FREQUENCY, MONEY = MEASURES = ("recency", "frequency", "money")
Histogram = Mapping[Decimal, int]
"""How many customers have each value."""

_THREE_DIGITS = Context(prec=3, rounding=ROUND_CEILING)
_ZERO = Decimal(0)


def counted(value: Decimal) -> Decimal:
    """The value under which another is counted: the next one of three significant digits, and nothing below zero."""
    return _THREE_DIGITS.plus(value) if value > 0 else _ZERO


def tally(measured: Iterable[tuple[str, Decimal]]) -> dict[str, int]:
    """Counts of (measure, value) by one name each, to be added to those of others."""
    return dict(Counter(f"{measure}:{counted(value).normalize():f}" for measure, value in measured))


def histograms(tallied: Mapping[str, Decimal | int]) -> dict[str, Histogram]:
    """The counts of each measure out of the sum of tallies."""
    found: dict[str, Counter[Decimal]] = {measure: Counter() for measure in MEASURES}
    for name, count in tallied.items():
        measure, _, value = name.partition(":")
        found[measure][Decimal(value)] = int(count)
    return dict(found)


def cut_points(histogram: Histogram) -> tuple[Decimal, ...]:
    """The four points that cut a base into five parts; none where there is nobody."""
    everybody = sum(histogram.values())
    if not everybody:
        return ()
    ranks = [-(-everybody * part // PARTS) for part in range(1, PARTS)]
    found, below = list[Decimal](), 0
    for value in sorted(histogram):
        below += histogram[value]
        while len(found) < len(ranks) and below >= ranks[len(found)]:
            found.append(value)
    return tuple(found)


def cuts(found: Mapping[str, Histogram]) -> Cuts:
    """The cut points of each measure that has any."""
    return {measure: points for measure in MEASURES if (points := cut_points(found[measure]))}


def customers_by_score(measure: str, histogram: Histogram) -> list[int]:
    """How many customers have each score, from 1 to 5, as rules compute it: few days since a purchase score high."""
    points = cut_points(histogram)
    sizes = [0] * PARTS
    for value, count in histogram.items():
        sizes[sum(value > point for point in points)] += count
    return sizes[::-1] if measure == RECENCY else sizes
