"""How many customers have which tag: sums that the views keep, so nobody is counted when they are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.core import text, views
from crm.core.projection import Key

TOTALS = "TOTAL#TAGS"
COUNTED = "customers"
"""What each customer with a tag raises its sum by."""
# An attribute of the sum for each way of writing, apart from the sum's own.
_WRITTEN = "as "
_LONGEST = 80
# Before each name: sums called "sum" and "flow" are kept in a way of their own, and tags can be called so.
_NAMED = "="


@dataclass(frozen=True)
class Tag:
    """A tag as most write it, how many customers have it, and by each other way of writing it how many."""

    tag: str
    customers: int
    also_written: Mapping[str, int]


def key(tag: str) -> str:
    """What all ways of writing a tag have in common."""
    return text.strict_key(tag)[:_LONGEST]


def totals(profile: Mapping[str, Any]) -> dict[Key, dict[str, Decimal]]:
    """What a profile adds to the sums of its tags: one for each, however often and in however many ways it has it."""
    found: dict[Key, dict[str, Decimal]] = {}
    for tag in profile.get("tags") or ():
        amounts = found.setdefault((TOTALS, _NAMED + key(tag)), {COUNTED: Decimal(1)})
        amounts[f"{_WRITTEN}{tag}"] = Decimal(1)
    return found


def listed() -> list[Tag]:
    """All tags that somebody has, the most frequent first: one Query. Raises ViewsBeingBuilt."""
    found = [_tag(sums) for sums in views.totals(TOTALS).values() if sums.get(COUNTED)]
    return sorted(found, key=lambda tag: (-tag.customers, tag.tag))


def _tag(sums: Mapping[str, Decimal]) -> Tag:
    ways = {name.removeprefix(_WRITTEN): int(count) for name, count in sums.items() if name.startswith(_WRITTEN)}
    usual, *others = sorted(ways, key=lambda way: (-ways[way], way))
    return Tag(usual, int(sums[COUNTED]), {way: ways[way] for way in others})
