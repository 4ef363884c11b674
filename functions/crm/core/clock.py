"""The only source of the present time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from crm.core.config import settings


def now() -> datetime:
    """The present instant in UTC. On a laptop it may have been moved forward (`/_local/clock`)."""
    return datetime.now(UTC) + _offset()


def signing() -> str:
    """The present instant as AWS wants it in a signature, `20261122T175634Z`: by its own clocks, wherever ours is."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def stamp() -> str:
    """The present instant as RFC 3339 with microseconds, of constant width so that it sorts as text."""
    return instant(now())


def instant(moment: datetime) -> str:
    """An instant as `2026-11-21T09:00:00.000000Z`: constant width, so text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _offset() -> timedelta:
    path = settings().clock_file
    if path is None:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(path).read_text()))
    except FileNotFoundError:
        return timedelta()
