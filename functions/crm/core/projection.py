"""What a projection is: a pure function from one item of the truth to what the views hold because of it.

    def project(item: Mapping[str, Any], rules: Rules) -> Projected

`item` is the item as plain values (numbers are Decimal) with its `pk` and `sk`. A projection asks no clock, no
setting and no table; `crm.views.registry` says which projections there are for which kind of item.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Key = tuple[str, str]
"""(pk, sk) of an item of either table."""


@dataclass(frozen=True)
class Projected:
    """What the views should hold because of one item.

    `listings`: entries of ViewsTable by their key; no two items of the truth may make the same key, so a key ends with
    the item's id. Attributes must not be called pk or sk; None is left out.
    `totals`: by (pk, name) the amounts by which this item raises a sum, at most 38 digits:
    `{("TOTAL#X", "sum"): {"members": Decimal(1)}}`. Read them with `crm.core.views.total(pk, name)`.
    """

    listings: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    totals: Mapping[Key, Mapping[str, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True)
class SegmentRule:
    """A rule under which a segment's members are kept. `epoch` is that of the change that set it: unique for ever."""

    segment: str
    epoch: int
    rule: Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """Everything besides the item that projections depend on; `epoch` counts its changes."""

    epoch: int = 0
    segments: tuple[SegmentRule, ...] = ()


Projection = Callable[[Mapping[str, Any], Rules], Projected]
SWEEP_PROGRESS: Key = ("SWEEP", "PROGRESS")
"""The item of ViewsTable that says how far all items are projected under new rules: epoch, done, expected, state."""
NOTHING = Projected()
EMPTY_RULES = Rules()
