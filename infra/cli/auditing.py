"""`crm audit verify`: look whether the audit's chain is whole, from its beginning to its end."""

from __future__ import annotations

import re
from argparse import Namespace
from typing import Any

from infra.cli.client import Client
from infra.cli.screen import Screen
from infra.cli.stops import StoppedError

_HEAD = re.compile(r"[0-9]{1,12}:[0-9a-f]{64}", re.ASCII)


def head_of(text: str) -> str:
    """A head as an earlier run has told it. Raises ValueError with what one looks like."""
    if not _HEAD.fullmatch(text):
        raise ValueError(
            "a head is the number of an entry, a colon and its hash of 64 characters of 0-9 and a-f, as the last line "
            f"of an earlier run has it: head 1204:9f86d0…; not {text[:40]!a}"
        )
    return text


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
