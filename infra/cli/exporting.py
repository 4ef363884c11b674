"""`crm export`: a list of customers, or everything, into a file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from infra.cli.client import Client
from infra.cli.screen import Screen
from infra.cli.stops import StoppedError

FILTERS = ("search", "segment", "tag", "owner", "language", "sort", "order")
FORMATS = ("csv", "xlsx", "jsonl")
_ENDS = ("done", "failed", "deleted", "expired")


def export(client: Client, screen: Screen, chosen: Namespace) -> None:
    """Ask for an export, wait for it, and save its file."""
    target = Path(chosen.output)
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise StoppedError(f"{target} cannot be written: give the name of a file in a directory that is there")
    asked = {name: getattr(chosen, name) for name in FILTERS if getattr(chosen, name) is not None}
    what = "everything" if chosen.everything else "customers"
    made = client.post("/exports", {"what": what, "format": _format(chosen, target), **asked})
    done = screen.watched(lambda: dict(client.get(f"/exports/{made['id']}")), until=_ENDS, what="exporting")
    if done["state"] != "done":
        raise StoppedError(done.get("failure") or f"the export was {done['state']}: ask for it again")
    _save(client, screen, done["url"], target, size=done["bytes"])
    said = f"{done['rows']:,} rows in {target}"
    screen.result({**done, "url": None, "output": str(target)}, lambda: screen.say(said))


def _format(chosen: Namespace, target: Path) -> str:
    suffix = target.suffix.lstrip(".").lower()
    found = chosen.format or ("jsonl" if chosen.everything else suffix)
    if found not in FORMATS:
        raise StoppedError(f"{target} does not say which format: give --format {', '.join(FORMATS)}")
    return str(found)


def _save(client: Client, screen: Screen, url: str, target: Path, *, size: int) -> None:
    """What is there under this name stays until all of the new one is there."""
    unfinished = target.with_name(f"{target.name}.part")
    try:
        with unfinished.open("wb") as file, screen.progress() as progress:
            task = progress.add_task("downloading", total=size, told="")
            client.download(url, file, lambda count: progress.advance(task, count))
        unfinished.replace(target)
    except OSError as error:
        raise StoppedError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
