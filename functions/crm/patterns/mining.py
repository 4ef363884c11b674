"""Finds traits that go with an outcome, and says how sure that is. Pure.

`efficient_apriori` finds every set of traits that enough customers share (Agrawal and Srikant, 1994). Among so many
some look remarkable by luck alone, so each is asked: had the outcome nothing to do with these traits, how likely would
at least as many of their customers have it (hypergeometric, Fisher's exact test)? That chance, times the number of all
sets asked, is below 5 % for all that is kept (Bonferroni): of 20 bases without any pattern, in 19 nothing is found. A
set of two traits is kept only where it says more than each of them (minimum improvement, Bayardo 1999).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import exp, lgamma

MOST_FOUND = 20
FEWEST = 15
"""Customers who share the traits and the outcome, at least, and a hundredth of all."""
_LEAST_LIFT = 1.2
_LEAST_IMPROVEMENT = 1.15
_MOST_ALIKE = 0.8
_LARGEST_SHARE = 0.8
_LUCK = 0.05
_MOST_TRAITS = 80
_LONGEST = 2

Traits = tuple[str, ...]
Sides = list[tuple[frozenset[str], frozenset[str]]]
"""The traits and the outcomes of each customer."""


@dataclass(frozen=True)
class Found:
    """Customers of `traits` of whom more have the `outcome` than of all: `both` of `having`, while it is `outcomes` of
    `everybody`. `luck`: how likely anything as remarkable would be found in a base without any pattern."""

    traits: Traits
    outcome: str
    having: int
    both: int
    outcomes: int
    everybody: int
    luck: float

    @property
    def lift(self) -> float:
        """How many times as frequent the outcome is among them as among all."""
        return self.both * self.everybody / (self.having * self.outcomes)

    @property
    def more(self) -> float:
        """How many more of them have the outcome than if they were like all others."""
        return self.both - self.having * self.outcomes / self.everybody


def mined(people: Iterable[tuple[set[str], set[str]]]) -> list[Found]:
    """What is found in (traits, outcomes) of each customer; the same for the same customers. Best first."""
    known = list(people)
    frequent = _frequent(traits for traits, _ in known)
    sides = [(frequent.intersection(traits), frozenset(outcomes)) for traits, outcomes in known]
    found = list(_tested(sides))
    better = _improving(found)
    ranked = sorted(better, key=lambda one: (-one.more, one.traits, one.outcome))
    return _different(ranked, sides)


def _frequent(traits: Iterable[set[str]]) -> frozenset[str]:
    counts: dict[str, int] = {}
    for each in traits:
        for trait in each:
            counts[trait] = counts.get(trait, 0) + 1
    return frozenset(sorted(counts, key=lambda trait: (-counts[trait], trait))[:_MOST_TRAITS])


def _tested(sides: Sides) -> Iterator[Found]:
    """Every set of traits with every outcome that is more frequent there, and surely so."""
    everybody = len(sides)
    least = max(FEWEST, everybody / 100)
    if everybody < least:
        return
    from efficient_apriori import generate_rules_apriori, itemsets_from_transactions  # noqa: PLC0415 - the job alone needs it

    names = frozenset[str]().union(*(outcomes for _, outcomes in sides))
    transactions = [traits | outcomes for traits, outcomes in sides]
    itemsets, _ = itemsets_from_transactions(transactions, least / everybody, max_length=_LONGEST + 1)
    asked = len(names) * sum(1 for sets in itemsets.values() for one in sets if _is_group(one, names))
    for rule in generate_rules_apriori(itemsets, 0.0, everybody):
        if len(rule.rhs) != 1 or rule.rhs[0] not in names or not _is_group(rule.lhs, names):
            continue
        counts = (rule.count_lhs, rule.count_full, rule.count_rhs, everybody)
        if rule.lift < _LEAST_LIFT or rule.count_lhs > _LARGEST_SHARE * everybody:
            continue
        luck = min(1.0, asked * chance(*counts))
        if luck <= _LUCK:
            yield Found(tuple(rule.lhs), rule.rhs[0], *counts, luck)


def _is_group(items: Traits, outcomes: frozenset[str]) -> bool:
    return len(items) <= _LONGEST and outcomes.isdisjoint(items)


def chance(having: int, both: int, outcomes: int, everybody: int) -> float:
    """How likely at least `both` of `having` have what `outcomes` of `everybody` have, if it is dealt out at random."""
    ways = _log_ways(everybody, having)
    most = min(having, outcomes)
    logs = [
        _log_ways(outcomes, count) + _log_ways(everybody - outcomes, having - count) - ways
        for count in range(max(both, having + outcomes - everybody), most + 1)
    ]
    return min(1.0, sum(map(exp, logs)))


def _log_ways(of: int, choose: int) -> float:
    return lgamma(of + 1) - lgamma(choose + 1) - lgamma(of - choose + 1)


def _improving(found: list[Found]) -> Iterator[Found]:
    lifts: Mapping[tuple[Traits, str], float] = {(one.traits, one.outcome): one.lift for one in found}
    for one in found:
        parts = [part for size in range(1, len(one.traits)) for part in combinations(one.traits, size)]
        if all(one.lift >= _LEAST_IMPROVEMENT * lifts.get((part, one.outcome), 1.0) for part in parts):
            yield one


def _different(ranked: Iterable[Found], sides: Sides) -> list[Found]:
    """The first of those whose customers are nearly the same."""
    kept: list[tuple[Found, set[int]]] = []
    for one in ranked:
        members = {place for place, (traits, _) in enumerate(sides) if traits.issuperset(one.traits)}
        if all(len(members & other) <= _MOST_ALIKE * len(members | other) for _, other in kept):
            kept.append((one, members))
        if len(kept) == MOST_FOUND:
            break
    return [one for one, _ in kept]
