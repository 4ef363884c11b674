"""How long it takes until what was written stands in a group's total, over HTTP on the local host."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from infra.local.demo import staff
from infra.local.demo.client import Client
from infra.local.engine import free_port
from infra.local.host import Host
from tests.bench.figure import Figure, seconds

GROUPS = 20
TIMES = 30
MOST_MS = 150
LONGEST_SECONDS = 30.0
AMOUNT = Decimal("7.25")
BUYERS = {"field": "facts.spent", "op": "ge", "value": 1}


class NeverCountedError(Exception):
    """A purchase did not come into the total of its group."""


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        host = Host(directory=Path(folder), port=port, parameters={}, write=lambda _: None)
        host.start()
        client = Client(port=port, staff="owner")
        try:
            staff.employ(client)
            yield _lag(client)
        finally:
            client.close()
            host.stop()


def _lag(client: Client) -> Figure:
    groups = [
        client.post("/segments", {"name": f"Buyers {n}", "rule": BUYERS}, key=f"g{n}")["id"] for n in range(GROUPS)
    ]
    customer = client.post("/customers", {"name": "Sara Khan", "language": "ur"}, key="sara")["id"]
    spent = Decimal(0)
    lags = []
    for number in range(TIMES + 1):
        spent += AMOUNT
        client.post(f"/customers/{customer}/purchases", {"amount": str(AMOUNT)}, key=f"p{number}")
        written = time.perf_counter()
        _await(client, groups[number % GROUPS], spent=spent)
        lags.append(time.perf_counter() - written)
    reference = seconds(lambda: client.get(f"/segments/{groups[0]}"), times=TIMES)
    # The first one waits for all groups to be filled.
    name = f"from a purchase to the total of its group (median, at most {MOST_MS} ms)"
    return Figure(name=name, ours=median(lags[1:]), reference=reference, reference_name="GET /segments/{id}")


def _await(client: Client, group: str, *, spent: Decimal) -> None:
    limit = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < limit:
        found: Any = client.get(f"/segments/{group}")
        if found["state"] == "ready" and Decimal(found["totals"]["spent"]) == spent:
            return
    raise NeverCountedError(group)
