"""`crm audit verify`: look whether the audit's chain is whole, from its beginning to its end."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from infra.cli.client import Client
from infra.cli.screen import Screen
from infra.cli.stops import StoppedError


def verify(client: Client, screen: Screen, chosen: Namespace) -> None:
    """Walk the chain and tell its head, to be noted elsewhere. Raises StoppedError at the first broken place."""
    found: dict[str, Any] = {"next": None}
    while not found.get("broken"):
        found = client.get("/audit/verification", head=chosen.head, cursor=found["next"])
        if not found["next"]:
            break
        screen.say(f"{found['checked']} entries are right so far")
    if broken := found["broken"]:
        raise StoppedError(f"{broken['what']} at entry {broken['number']}: {broken['says']}")
    checked, records = found["checked"], found["records"]
    screen.say(f"{checked} entries are right; of {records} the record still stands, and fits")
    head = found["head"] and f"{found['head']['number']}:{found['head']['hash']}"
    screen.result({"checked": checked, "records": records, "head": head}, lambda: screen.say(f"head {head}"))
