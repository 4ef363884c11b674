"""A change of a tag as pages show it."""

from collections.abc import Mapping
from typing import Any

from crm.core import clock
from crm.rounds.models import DONE, UNDER_WAY
from crm.tags.models import TagChange

_TOLD = ("kind", "tag", "name", "state", "at", "by", "customers", "done_at", "undo_until", "undone_at", "undone_by")


def told_of(change: TagChange) -> Mapping[str, Any]:
    """What it is, who asked for it, and whether it can be taken back."""
    known = {name: getattr(change, name) for name in _TOLD}
    can_be_undone = change.state == DONE and clock.stamp() <= change.undo_until
    is_under_way = change.state in UNDER_WAY
    return {**known, "id": change.change_id, "can_be_undone": can_be_undone, "is_under_way": is_under_way}
