"""When the demo shop was opened: noted, so that a start that was interrupted is finished as it was begun."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.local.demo.shop import OPENED_BEFORE

_NOTE, _CLOCK, _SEEDED = "opened", "clock", "seeded"
# So far behind the present it has not been moved on to it yet.
_BEHIND = OPENED_BEFORE / 4


def prepare(directory: Path) -> None:
    """Before the first start with the demo shop: its clock is set two days back. A filled shop stays as it is."""
    if is_over(directory):
        return
    directory.mkdir(parents=True, exist_ok=True)
    ahead = _ahead(directory)
    if not (directory / _NOTE).exists():
        moment = datetime.now(UTC) + max(ahead, timedelta()) - OPENED_BEFORE
        (directory / _NOTE).write_text(moment.isoformat(), "utf-8")
        _set_to(directory, moment)
    elif ahead < -_BEHIND:
        _set_to(directory, opened(directory))


def opened(directory: Path) -> datetime:
    """The instant at which the shop was opened."""
    return datetime.fromisoformat((directory / _NOTE).read_text("utf-8"))


def is_over(directory: Path) -> bool:
    """Whether the first start came to its end."""
    return (directory / _SEEDED).exists()


def end(directory: Path) -> None:
    """The first start has come to its end."""
    (directory / _SEEDED).touch()


def _ahead(directory: Path) -> timedelta:
    path = directory / _CLOCK
    return timedelta(seconds=float(path.read_text("utf-8"))) if path.exists() else timedelta()


def _set_to(directory: Path, moment: datetime) -> None:
    """Let the clock show a moment, however much later this is."""
    (directory / _CLOCK).write_text(f"{(moment - datetime.now(UTC)).total_seconds():.6f}", "utf-8")
