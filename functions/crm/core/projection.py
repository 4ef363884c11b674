"""What a projection is: a pure function from one item of the truth to what the views hold because of it.

    def project(item: Mapping[str, Any], rules: Rules) -> Projected

`item` is the item as plain values (numbers are Decimal) with its `pk` and `sk`. A projection asks no clock, no
setting and no table: today is `rules.day`. `crm.views.registry` says which projections there are for which kind of
item, and which of them are given companions: other items of the same partition, as plain values under their sort key
in small letters (`item["bought"]`), where there are any and where the rules ask for them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

Key = tuple[str, str]
"""(pk, sk) of an item of either table."""

EPOCH_KEY: Key = ("RULES", "EPOCH")
"""The item of the truth with all that projections depend on besides the rules themselves."""
SUM, FLOW = "sum", "flow"
EDITION = 1
"""Of what projections make of an item that has not changed. Whoever has them make more raises it: then the views of an
installation that is there already are extended by themselves (`crm.views.renewal`), and readers ask
`crm.core.built.are_of` before they rely on it. 1: the search has the ends of words."""


@dataclass(frozen=True)
class Projected:
    """What the views should hold because of one item.

    `listings`: entries of ViewsTable by their key; no two items of the truth may make the same key, so a key ends with
    the item's id. Attributes must not be called pk, sk or of; None is left out. Each is stored with `of`, the item and
    family whose it is: `<pk>|<sk>|<family>`.
    `totals`: by (pk, name) the amounts by which this item raises a sum, at most 38 digits:
    `{("TOTAL#X", SUM): {"members": Decimal(1)}}`. Read them with `crm.core.views.total(pk, name)`. How many items have
    `joined` and `left` a total called SUM so far is counted beside it, under FLOW. Nobody can compute that again.
    `next_change_on`: the next day, later than `rules.day`, on which the passing of time alone changes all this; the
    item is projected again on that day. None: time changes nothing.
    """

    listings: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    totals: Mapping[Key, Mapping[str, Decimal]] = field(default_factory=dict)
    next_change_on: date | None = None


@dataclass(frozen=True)
class SegmentRule:
    """A rule under which a segment's members are kept. `epoch` is that of the change that set it: unique for ever.

    `companions`: the sort keys of the items that the rule asks about besides the profile, in the same partition.
    """

    segment: str
    epoch: int
    rule: Mapping[str, Any]
    companions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rules:
    """Everything besides the item that projections depend on; `epoch` counts its changes other than the day's.

    `day` is today for all projections, a date of the business that only ever rises; date.min stands for no day yet.
    `leap_day` is the business's `MM-DD` for 29 February in other years, `timezone` the IANA name of its zone. `cuts`:
    by measure the points at which the whole base of customers is cut into equal parts. `counts`: under which numbers
    sums are kept; two while they are recounted (crm.views.counting). `searched`: the business's own fields by whose
    words customers are found.
    """

    epoch: int = 0
    day: date = date.min
    leap_day: str = "02-28"
    timezone: str = "UTC"
    segments: tuple[SegmentRule, ...] = ()
    cuts: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    counts: tuple[int, ...] = (0,)
    searched: tuple[str, ...] = ()

    @cached_property
    def companions(self) -> frozenset[str]:
        """The sort keys of all items that a rule asks about besides the item itself."""
        return frozenset[str]().union(*(rule.companions for rule in self.segments))


Projection = Callable[[Mapping[str, Any], Rules], Projected]
REMINDERS_DUE = "REMINDERS_DUE"
"""The listing of all reminders in order of time, kept by the reminders; customers are listed by their next one."""
FLOWS_BEGUN: Key = ("FLOWS", "BEGUN")
"""The item of ViewsTable that names this run of counting who joins and leaves: run."""
NOTHING = Projected()
EMPTY_RULES = Rules()
