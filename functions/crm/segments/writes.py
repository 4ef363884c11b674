"""Writes to segments: each on the condition that nothing has changed since it was read; a rule's, with a new epoch."""

from collections.abc import Callable
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import table
from crm.segments.models import Epoch, Segment


def committed_at(epoch: int, fill: Callable[[TransactWrite], None], *, raised: int = 1) -> bool:
    """Write and raise the epoch to `epoch`, by `raised`; False when somebody else was first."""

    def write(transaction: TransactWrite) -> None:
        fill(transaction)
        known = Epoch.epoch == epoch - raised
        if epoch == raised:
            known |= Epoch.pk.does_not_exist()
        transaction.update(Epoch.keyed(), [Epoch.epoch.set(epoch)], condition=known)

    return committed(write)


def committed(write: Callable[[TransactWrite], None]) -> bool:
    """Write; False when somebody else was first."""
    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True


def update(segment: Segment, actions: list[Action], transaction: TransactWrite) -> None:
    """Put a change of a segment into a transaction."""
    transaction.update(segment, actions, condition=unchanged(segment))


def unchanged(segment: Segment) -> Any:
    """The condition that a segment is as it was read, and readers still see the same rule of it."""
    return (Segment.version == segment.version) & (Segment.live_epoch == segment.live_epoch)
