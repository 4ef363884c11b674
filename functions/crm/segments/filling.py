"""How a segment comes to be filled under a rule: which rules are kept, and when readers see a new one."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pynamodb.expressions.update import Action

from crm.core.errors import StoreUnavailable
from crm.core.projection import SegmentRule
from crm.criteria import bought
from crm.criteria.rules import needs_bought
from crm.segments import writes
from crm.segments.models import Epoch, Segment, from_text

_TRIES = 8


def rules_to_hold() -> tuple[SegmentRule, ...]:
    """The rules that members are to be kept for: of every segment the one being asked for and the one being seen."""
    held = []
    for segment in Segment.read_all():
        wanted = {segment.rule_epoch: segment.rule_to_fill}
        if segment.live_epoch and segment.live_rule:
            wanted[segment.live_epoch] = segment.rule_seen
        held += [_held(segment.segment_id, epoch, from_text(rule)) for epoch, rule in wanted.items()]
    return tuple(held)


def _held(segment_id: str, epoch: int, rule: Mapping[str, Any]) -> SegmentRule:
    companions = frozenset({bought.SORT}) if needs_bought(rule) else frozenset[str]()
    return SegmentRule(segment_id, epoch, rule, companions)


def make_live(*, swept_epoch: int) -> None:
    """Show readers every rule that was set up to an epoch at which all customers have been projected since."""
    for _ in range(_TRIES):
        filled = [one for one in Segment.read_all() if one.is_building and one.rule_epoch <= swept_epoch]
        if not filled:
            return
        for segment in filled:
            _make_live(segment)
    raise StoreUnavailable("segments change faster than they can be shown")


def _make_live(segment: Segment) -> None:
    shown: list[Action] = [
        Segment.live_epoch.set(segment.rule_epoch),
        Segment.live_version.set(segment.rule_version),
        Segment.live_rule.set(segment.rule),
        Segment.live_resolved.set(segment.resolved) if segment.resolved else Segment.live_resolved.remove(),
    ]
    if segment.live_epoch:
        # The old rule has to go, so the rules change once more, and a sweep follows that empties it.
        writes.committed_at(Epoch.read() + 1, partial(writes.update, segment, shown))
    else:
        writes.committed(partial(writes.update, segment, shown))
