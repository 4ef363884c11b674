"""What a handover has come to so far."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.handovers import moving
from crm.handovers.models import Handover
from crm.rounds.models import UNDER_WAY


@dataclass(frozen=True)
class Counts:
    """`done`: how many were looked at, None before the work has begun; `share`: 0 to 1, None where nobody knows.

    `given_to`: by member how many. `left`: whom no rule gives to anybody; `refused`: whose record takes no change.
    `returned`, `kept`: of the undoing, None before it.
    """

    done: int | None
    share: float | None
    given: int
    given_to: Mapping[str, int]
    left: int
    refused: int
    returned: int | None
    kept: int | None


def of(handover: Handover) -> Counts:
    """As far as the work is."""
    found = moving.HANDOVERS.progress(handover) if handover.state in UNDER_WAY else None
    counts = {**(handover.counts or {}), **(found.tally if found else {})}
    given_to = {name.removeprefix(moving.TO): int(n) for name, n in counts.items() if name.startswith(moving.TO)}
    returned, kept = (int(counts.get(name, 0)) if handover.undone_at else None for name in ("returned", "kept"))
    return Counts(
        done=found.done if found else None,
        share=(found.share if found else None) if handover.state in UNDER_WAY else 1.0,
        given=int(counts.get("given", 0)),
        given_to=dict(sorted(given_to.items())),
        left=int(counts.get("left", 0)),
        refused=int(counts.get("refused", 0)),
        returned=returned,
        kept=kept,
    )
