"""`crm customers`: find one, look at one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from infra.cli.client import Client, id_of
from infra.cli.screen import Screen

_COLUMNS = ("id", "name", "email", "phone", "owner", "match")


def search(client: Client, screen: Screen, chosen: Namespace) -> None:
    """Who fits the words."""
    found = client.get("/customers", search=" ".join(chosen.words), limit=str(chosen.limit))
    rows = [[one.get(name) for name in _COLUMNS] for one in found["items"]]

    def shown() -> None:
        if rows:
            screen.table("", _COLUMNS, rows, is_result=True)
        else:
            screen.say("nobody fits these words")
        if found["next"]:
            screen.say(f"there are more than {chosen.limit}: say more of the name, or give --limit")

    screen.result(found, shown)


def show(client: Client, screen: Screen, chosen: Namespace) -> None:
    """All that is known of one customer."""
    found = client.get(f"/customers/{id_of(chosen.id)}")
    rows = [row for name, value in found.items() for row in _rows(name, value)]
    screen.result(found, lambda: screen.table("", ("field", "value"), rows, is_result=True))


def _rows(name: str, value: Any) -> list[tuple[str, str]]:
    if value is None or value in ([], {}):
        return []
    if isinstance(value, Mapping):
        return [row for inner, one in value.items() for row in _rows(f"{name}.{inner}", one)]
    if isinstance(value, list):
        return [(name, ", ".join(map(str, value)))]
    return [(name, str(value))]
