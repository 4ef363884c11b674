"""What the segments hold because of one customer: an entry in each group and a share of its totals."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from crm.core.grouped import Grouped
from crm.core.projection import Projected, Rules
from crm.segments import asking, bands, totals
from crm.segments.orders import Sort, customer_id, members_key, place

_SHOWN = ("name", "kind", "email", "phone", "language", "owner")


def project(item: Mapping[str, Any], rules: Rules) -> Projected:
    """The groups that a profile belongs to, under every rule that is kept just now."""
    moment = asking.moment_of(rules)
    answers = [(rule, criterion.at(item, moment)) for rule, criterion in asking.criteria_of(rules)]
    groups = [rule for rule, answer in answers if answer.member]
    turns = [answer.next_change_on for _, answer in answers]
    if not groups:
        return Projected(next_change_on=_first(turns))
    epochs = [rule.epoch for rule in groups]
    lists = zip(*map(_lists, epochs), strict=True)
    listings = Grouped(
        (place(item, sort), _entry(item, sort), list(pks)) for sort, pks in zip(Sort, lists, strict=True)
    )
    age_band, older_on = bands.of_age(item, day=rules.day, leap_day=rules.leap_day)
    sums, spread = totals.sums_of(item), totals.spread_of(item, age_band=age_band)
    of_groups = list(map(_totals, epochs))
    added = Grouped([(totals.SUM, sums, of_groups), (totals.BY, spread, of_groups)])
    return Projected(listings=listings, totals=added, next_change_on=_first([older_on, *turns]))


def group_of(pk: str, rules: Rules) -> str | None:
    """The id of the group that a partition of totals belongs to, under a rule that is kept just now; else None."""
    return next((rule.segment for rule in rules.segments if _totals(rule.epoch) == pk), None)


def _first(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day), default=None)


@lru_cache(maxsize=1000)
def _lists(epoch: int) -> tuple[str, ...]:
    """The lists of a group: the same for all members, and asked for each."""
    return tuple(members_key(epoch, str(sort)) for sort in Sort)


@lru_cache(maxsize=1000)
def _totals(epoch: int) -> str:
    return totals.key(epoch)


def _entry(item: Mapping[str, Any], sort: Sort) -> dict[str, Any]:
    # By name, lists filter and show what stands here; in the other orders everything but the id is read elsewhere, so
    # that a new telephone number changes one entry and not three.
    shown = {name: item.get(name) for name in _SHOWN} if sort is Sort.NAME else {}
    return {"id": customer_id(item), **shown}
