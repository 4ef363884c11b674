"""How far an import is. Pure: the present time is passed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Progress:
    """Rows done of the present job, and at what rate."""

    job: str
    percent: float
    rows_done: int
    rows: int
    rows_per_second: float | None
    remaining_seconds: float | None


def of_split(*, offset: int, size: int, rows: int) -> Progress:
    """Of a file that is being read; how many rows it has is not known before its end."""
    percent = round(100 * min(offset / size, 1), 1) if size else 0.0
    return Progress("split", percent, rows, rows, None, None)


def of_job(job: str, *, counts: dict[str, Any], rows: int, begun_at: str, now: datetime) -> Progress:
    """Of a job that counts the rows it has done."""
    done = sum(int(count) for name, count in counts.items() if not name.startswith("in_"))
    seconds = max((now - datetime.fromisoformat(begun_at)).total_seconds(), 0.001)
    rate = done / seconds if done else None
    left = round((rows - done) / rate, 1) if rate else None
    percent = round(100 * done / rows, 1) if rows else 100.0
    return Progress(job, min(percent, 100.0), done, rows, round(rate, 1) if rate else None, left)
