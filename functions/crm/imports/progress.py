"""How far an import is. Pure: the present time is passed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# The rate is that of the last half minute to minute, so that a worker that died does not slow it down for good.
_WINDOW = timedelta(seconds=30)
_BROKEN_OFF = timedelta(seconds=60)
_SILENT = timedelta(minutes=2)
_REDELIVERED = timedelta(minutes=30)
"""After so long the queue hands out the message of a worker that died (`FilesQueue.VisibilityTimeout`)."""
_VERBS = {"inspect": "uploaded", "split": "uploaded", "check": "uploaded", "run": "run", "undo": "undo"}
Pace = Mapping[str, Any]
"""Two marks, each when it was and how many rows were done by then: `last`, and `before`, from which the rate counts."""


@dataclass(frozen=True)
class Progress:
    """Rows done of the present job, and at what rate. `waits_for`: why nothing happens, where that is so."""

    job: str
    percent: float
    rows_done: int
    rows: int
    rows_per_second: float | None
    remaining_seconds: float | None
    waits_for: str | None = None


def of_split(*, offset: int, size: int, rows: int, begun_at: str, at: datetime) -> Progress:
    """Of a file that is being read up to byte `offset` at `at`; how many rows it has is not known before its end."""
    share = min(offset / size, 1) if size else 0.0
    seconds = (at - datetime.fromisoformat(begun_at)).total_seconds()
    is_known = rows > 0 and seconds > 0
    rate = round(rows / seconds, 1) if is_known else None
    left = round(seconds * (1 - share) / share, 1) if is_known and share else None
    return Progress("split", round(100 * share, 1), rows, rows, rate, left)


def of_job(job: str, *, counts: Mapping[str, Any], rows: int, pace: Pace | None) -> Progress:
    """Of a job that counts the rows it has done."""
    done, rate = counted(counts), _rate(pace)
    left = round((rows - done) / rate, 1) if rate else None
    percent = round(100 * done / rows, 1) if rows else 100.0
    return Progress(job, min(percent, 100.0), done, rows, round(rate, 1) if rate else None, left)


def counted(counts: Mapping[str, Any] | None) -> int:
    """The rows of which it is known what they come to."""
    return sum(int(count) for name, count in (counts or {}).items() if not name.startswith("in_"))


def begun(pace: Pace | None, *, at: datetime, done: int) -> Pace:
    """The pace of a worker that begins, or goes on behind another."""
    mark = {"at": at.isoformat(), "done": done}
    known = dict(pace) if pace and int(pace["last"]["done"]) == done else {}
    is_unbroken = known and at - datetime.fromisoformat(known["last"]["at"]) <= _BROKEN_OFF
    return known if is_unbroken else {"before": mark, "last": mark, "between": mark}


def paced(pace: Pace, *, at: datetime, done: int) -> Pace:
    """The pace when so many rows are done."""
    mark = {"at": at.isoformat(), "done": done}
    if at - datetime.fromisoformat(pace["between"]["at"]) < _WINDOW:
        return {**pace, "last": mark}
    return {"before": pace["between"], "between": mark, "last": mark}


def waits_for(
    *, stage: str, updated_at: str, trouble: Mapping[str, Any] | None, busy_until: str | None, now: datetime
) -> str | None:
    """What an import waits for that does not go on; None where it does."""
    if trouble:
        return (
            f"the last try failed at {trouble['at']} ({trouble['error']}); it is tried again at {trouble['again_at']}"
        )
    last = datetime.fromisoformat(updated_at)
    if now - last < _SILENT:
        return None
    if busy_until and datetime.fromisoformat(busy_until) > now:
        return f"a piece takes long: nothing was heard of its worker since {updated_at}, which has until {busy_until}"
    return (
        f"nothing was heard of its worker since {updated_at}: if it died, its message comes again "
        f"by {(last + _REDELIVERED).isoformat(timespec='seconds')}; POST …/{_VERBS[stage]} goes on now"
    )


def _rate(pace: Pace | None) -> float | None:
    if pace is None:
        return None
    before, last = pace["before"], pace["last"]
    seconds = (datetime.fromisoformat(last["at"]) - datetime.fromisoformat(before["at"])).total_seconds()
    done = int(last["done"]) - int(before["done"])
    return done / seconds if done > 0 and seconds > 0 else None
