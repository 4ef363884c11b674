"""`crm import undo`: takes back what an import wrote, but for what people have changed since."""

from __future__ import annotations

from argparse import Namespace

from infra.cli import importing
from infra.cli.client import Client, id_of
from infra.cli.screen import Document, Screen
from infra.cli.stops import StoppedError

_ENDS = ("undone", "failed")
_MOST_SHOWN = 20


def undo(client: Client, screen: Screen, chosen: Namespace) -> None:
    """Ask for it, wait for its end, and show what stays."""
    item = dict(client.post(f"/imports/{id_of(chosen.id)}/undo"))
    item = importing.watched(client, screen, item, _ENDS, "undoing")
    if item["state"] != "undone":
        raise StoppedError(importing.failure(item))
    counts = item["undone"]
    said = f"rows taken back: {counts['undone']:,}"
    if counts["kept"]:
        _show_kept(client, screen, item)
        said += f"; left as people have changed them since: {counts['kept']:,}"
    screen.result(item, lambda: screen.say(said))


def _show_kept(client: Client, screen: Screen, item: Document) -> None:
    found = client.get(f"/imports/{item['id']}/rows", outcome="kept", limit=str(_MOST_SHOWN))
    rows = [(one["line"], one["customer"], one["reason"]) for one in found["items"]]
    screen.table("Rows that stay" + (", the first of them" if found["next"] else ""), ("line", "customer", "why"), rows)
