"""Which of one's own customers one may be losing: they are in one of the groups that the product finds in purchases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crm.console import house
from crm.core import views
from crm.core.actor import Actor, Within
from crm.core.errors import ViewsBeingBuilt
from crm.core.views import Sieve, Where
from crm.segments.models import Segment
from crm.segments.orders import Sort, members_key

# Later than they usually come back; and seldom of late after coming often (`crm.patterns.named`).
GROUPS = ("late", "slipping_away")
_MOST = 10
# A group may be of thousands, of whom somebody looks after some: so many are looked at, some two hundred kilobytes.
_READS = 500


@dataclass(frozen=True)
class Slipping:
    """A customer, as the list of a group has them: {id, name, phone, owner, …}; `group`: which of `GROUPS`."""

    entry: dict[str, Any]
    group: str


def read(actor: Actor) -> list[Slipping] | None:
    """Those of whoever asks, and of nobody where they see these, each once; None while the lists are being made."""
    if not (actor.may("segments.read") and actor.may("customers.read")):
        return []
    groups = {one.segment_id: one for one in house.groups().values() if one.segment_id in GROUPS}
    try:
        found = [one for group in GROUPS if group in groups for one in _members(groups[group], actor)]
    except ViewsBeingBuilt:
        return None
    return list({str(one.entry["id"]): one for one in reversed(found)}.values())[::-1][:_MOST]


def _members(group: Segment, actor: Actor) -> Iterator[Slipping]:
    if actor.hidden and _tells(group, actor):
        return
    mine = Within(actor.mine, unowned=actor.reaches("customers.read", None))
    sieve = Sieve((Where("owner", "within", mine),), _READS)
    key = members_key(int(group.live_epoch), Sort.NAME)
    entries, _ = views.query(key, after=None, limit=_MOST, sieve=sieve, consistent=False)
    yield from (Slipping(one, group.segment_id) for one in entries)


def _tells(group: Segment, actor: Actor) -> bool:
    # Here, as what reads rules is large, and most see all that these ask for.
    from crm.segments import seeing

    return seeing.tells(group, actor.hidden)
