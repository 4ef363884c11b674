"""What a change of a tag has come to so far."""

from dataclasses import dataclass

from crm.rounds.models import RUNNING, UNDER_WAY
from crm.tags import moving
from crm.tags.models import TagChange


@dataclass(frozen=True)
class Counts:
    """`done`: how many were looked at, None before the work has begun; `share`: 0 to 1, None where nobody knows.

    `changed`: who has the tag as it is to be; `refused`: whose record takes no change. `returned`, `kept`: of the
    undoing, None before it.
    """

    done: int | None
    share: float | None
    changed: int
    refused: int
    returned: int | None
    kept: int | None


def of(change: TagChange) -> Counts:
    """As far as the work is."""
    found = moving.TAG_CHANGES.progress(change) if change.state in UNDER_WAY else None
    counts = {**(change.counts or {}), **(found.tally if found else {})}
    share = None if found is None else found.share
    if found and change.state == RUNNING and share is None and change.customers:
        # On the way there it is known how many had the tag.
        share = min(round(found.done / int(change.customers), 2), 0.99)
    returned, kept = (int(counts.get(name, 0)) if change.undone_at else None for name in ("returned", "kept"))
    return Counts(
        done=found.done if found else None,
        share=share if change.state in UNDER_WAY else 1.0,
        changed=int(counts.get("changed", 0)),
        refused=int(counts.get("refused", 0)),
        returned=returned,
        kept=kept,
    )
