"""Whether the views are whole, and under which count their sums are read.

ViewsTable holds a mark of its own: `VIEWS`, `BUILT`. It goes with the table when somebody empties it, and the truth
knows that there was one (`build` beside the rules' epoch); so no mark where there has been one means that the views
are lost. Where there never was one, nothing has been lost: the views have been kept since the first item.

Readers look at the mark once and believe it for five seconds (`LEASE_SECONDS`). That is safe: a rebuild changes the
mark first, and takes nothing away that was right; sums are counted under a number that nobody reads before the mark
says so, and the sums of the number before stay for minutes after that. So whoever holds an old lease reads what was
whole when he took it. A process that was frozen finds its lease over: it is measured by two clocks, one of which goes
on while a machine stands still.
"""

import time
from dataclasses import dataclass
from typing import Any

from crm.core import clock, table
from crm.core.config import settings
from crm.core.errors import ViewsBeingBuilt
from crm.core.projection import EPOCH_KEY, Key

MARK: Key = ("VIEWS", "BUILT")
LEASE_SECONDS = 5.0


@dataclass(frozen=True)
class Mark:
    """`build`: the number of the build that made the views, 0: they grew with the truth. `count`: see `crm.core.views`.

    Not `is_whole`: that build is under way.
    """

    build: int
    count: int
    is_whole: bool


@dataclass(frozen=True)
class _Lease:
    mark: Mark
    until: tuple[float, float]


class _Known:
    lease: _Lease | None = None


def forget() -> None:
    """Look at the mark at the next use; for tests."""
    _Known.lease = None


def count() -> int:
    """The count under which sums are read, at most five seconds old. Raises ViewsBeingBuilt when views are not whole.

    At most one read; two in an installation so new that it has no mark yet.
    """
    lease, now = _Known.lease, _clocks()
    if lease is not None and now[0] < lease.until[0] and now[1] < lease.until[1]:
        return lease.mark.count
    mark = read()
    if mark is None:
        mark = Mark(0, 0, is_whole=builds_begun() == 0)
    if not mark.is_whole:
        raise ViewsBeingBuilt("the views are being built anew; GET /views says how far that is")
    # From before the read: what it found was so then.
    _Known.lease = _Lease(mark, (now[0] + LEASE_SECONDS, now[1] + LEASE_SECONDS))
    return mark.count


def read() -> Mark | None:
    """The mark as it stands in ViewsTable; None where there is none."""
    found = _item(settings().views_table, MARK)
    return Mark(int(found["build"]), int(found["count"]), is_whole=found["is_whole"]) if found else None


def builds_begun() -> int:
    """How many builds were ever begun, as the truth knows it."""
    return int(_item(settings().crm_table, EPOCH_KEY).get("build", 0))


def _clocks() -> tuple[float, float]:
    return time.monotonic(), clock.now().timestamp()


def _item(name: str, key: Key) -> dict[str, Any]:
    asked = table.to_item({"pk": key[0], "sk": key[1]})
    found = table.client().get_item(TableName=name, Key=asked, ConsistentRead=True)
    return table.from_item(found.get("Item", {}))
