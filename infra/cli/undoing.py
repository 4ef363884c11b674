"""`crm import undo`: takes back what an import wrote, but for what people have changed since."""

from __future__ import annotations

from argparse import Namespace
from urllib.parse import quote

from infra.cli import importing
from infra.cli.client import Client
from infra.cli.screen import Screen
from infra.cli.stops import StoppedError

_ENDS = ("undone", "failed")


def undo(client: Client, screen: Screen, chosen: Namespace) -> None:
    """Ask for it, and wait for its end."""
    item = dict(client.post(f"/imports/{quote(chosen.id, safe='')}/undo"))
    item = importing.watched(client, screen, item, _ENDS, "undoing")
    if item["state"] != "undone":
        raise StoppedError(importing.failure(item))
    counts = item["undone"]
    said = f"{counts['undone']:,} rows were taken back"
    if counts["kept"]:
        said += f"; {counts['kept']:,} stay, since people changed what they wrote: GET /imports/{item['id']}/rows"
    screen.result(item, lambda: screen.say(said))
