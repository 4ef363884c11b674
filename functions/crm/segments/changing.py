"""Changing a segment: a new rule also gives new epochs to all groups that are made of this one."""

from functools import partial

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock
from crm.segments import writes
from crm.segments.links import Links
from crm.segments.models import Epoch, Segment, from_text


def changed(segment: Segment, *, name: str, rule: str) -> bool:
    """Write another name or rule; False when somebody else was first. Raises InvalidFields."""
    actions: list[Action] = [
        Segment.name.set(name),
        Segment.version.set(segment.version + 1),
        Segment.updated_at.set(clock.stamp()),
    ]
    if rule == segment.rule:
        return writes.committed(partial(writes.update, segment, actions))
    return _changed_rule(segment, actions, rule)


def _changed_rule(segment: Segment, actions: list[Action], rule: str) -> bool:
    """Write a new rule, and let all groups that are made of this one be built anew with it, each under an own epoch."""
    epoch = Epoch.read()
    links = Links(Segment.read_all(), changed=segment.segment_id, rule=from_text(rule))
    links.require_sound(from_text(rule), own=segment.segment_id)
    changes = [(segment, [*actions, Segment.rule.set(rule), Segment.rule_version.set(segment.rule_version + 1)])]
    changes += [(one, []) for one in links.dependents(segment.segment_id)]

    def fill(transaction: TransactWrite) -> None:
        for number, (one, own) in enumerate(changes, 1):
            writes.update(one, [*own, *_to_fill(links.resolved(one.segment_id), epoch + number)], transaction)

    return writes.committed_at(epoch + len(changes), fill, raised=len(changes))


def _to_fill(resolved: str | None, epoch: int) -> list[Action]:
    return [
        Segment.rule_epoch.set(epoch),
        Segment.resolved.set(resolved) if resolved else Segment.resolved.remove(),
    ]
