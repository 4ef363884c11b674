"""Whether the views are whole, and under which count their sums are read.

ViewsTable holds a mark of its own: `VIEWS`, `BUILT`. It goes with the table when somebody empties it, and the truth
knows that there was one (`build` beside the rules' epoch); so no mark where there has been one means that the views
are lost. Where there never was one, nothing has been lost: the views have been kept since the first item.

Readers look at the mark at most once in five seconds (`LEASE_SECONDS`), beside the read that they look for, so that
nobody waits for it. What was read is answered if the mark is the one that this process had seen before: the views were
whole when it was read, as builds have numbers that only rise. Else it is read again. A process that has seen no mark
yet looks first.

A rebuild changes the mark first and waits before it changes anything else. So views are right for fifteen seconds
(`BELIEVED_SECONDS`) after a look that found them whole, and what is answered later than that is read again: two clocks
measure it, one of which goes on while a machine stands still. The rebuild waits for half a minute: that much slower may
a reader's clock be than the queue's. It takes nothing away that was right; sums are counted under a number that nobody
reads before the mark says so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from crm.core import beside, clock, table
from crm.core.config import settings
from crm.core.errors import ViewsBeingBuilt
from crm.core.projection import EDITION, EPOCH_KEY, Key

MARK: Key = ("VIEWS", "BUILT")
LEASE_SECONDS = 5.0
BELIEVED_SECONDS = 15.0
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Mark:
    """`build`: the number of the build that made the views, 0: they grew with the truth. `count`: see `crm.core.views`.

    Not `is_whole`: that build is under way. `edition`: all items stand in the views as projections of this edition make
    it, or of a later one.
    """

    build: int
    count: int
    is_whole: bool
    edition: int = EDITION


@dataclass(frozen=True)
class _Seen:
    """A mark of whole views and when it was asked for, by both clocks."""

    mark: Mark
    at: tuple[float, float]

    def is_younger(self, seconds: float) -> bool:
        return all(now - then < seconds for now, then in zip(_clocks(), self.at, strict=True))


class _Known:
    last: _Seen | None = None


def forget() -> None:
    """Look at the mark at the next use; for tests."""
    _Known.last = None


def while_whole(ask: Callable[[int], Answer]) -> Answer:
    """What `ask(count)` reads of views that are whole meanwhile, `count` being the one under which sums are read.

    `ask` only reads, and may be called twice. Raises ViewsBeingBuilt when the views are not whole. A process looks for
    the mark before its first read, later beside one: no read then waits for another.
    """
    known = _Known.last or _look()
    if known.is_younger(LEASE_SECONDS):
        answer = ask(known.mark.count)
    else:
        answer, seen = beside.at_once(partial(ask, known.mark.count), _look)
        if seen.mark != known.mark:
            answer = ask(seen.mark.count)
        known = seen
    return answer if known.is_younger(BELIEVED_SECONDS) else while_whole(ask)


def are_of(edition: int) -> bool:
    """Whether the views are of this edition at least. Raises ViewsBeingBuilt. While they are not, it costs a read."""
    known = _Known.last or _look()
    return known.mark.edition >= edition or _look().mark.edition >= edition


def _look() -> _Seen:
    """One read; two in an installation so new that it has no mark yet."""
    # From before the read: what it finds is so then.
    at = _clocks()
    mark = read()
    if mark is None:
        mark = Mark(0, 0, is_whole=builds_begun() == 0)
    if not mark.is_whole:
        raise ViewsBeingBuilt("the views are being built anew; GET /views says how far that is")
    _Known.last = _Seen(mark, at)
    return _Known.last


def read() -> Mark | None:
    """The mark as it stands in ViewsTable; None where there is none."""
    found = _item(settings().views_table, MARK)
    if not found:
        return None
    # Marks were without an edition before there was one.
    edition_of = int(found.get("edition", 0))
    return Mark(int(found["build"]), int(found["count"]), is_whole=found["is_whole"], edition=edition_of)


def builds_begun() -> int:
    """How many builds were ever begun, as the truth knows it."""
    return int(_item(settings().crm_table, EPOCH_KEY).get("build", 0))


def _clocks() -> tuple[float, float]:
    return time.monotonic(), clock.now().timestamp()


def _item(name: str, key: Key) -> dict[str, Any]:
    asked = table.to_item({"pk": key[0], "sk": key[1]})
    found = table.client().get_item(TableName=name, Key=asked, ConsistentRead=True)
    return table.from_item(found.get("Item", {}))
