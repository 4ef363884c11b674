"""Imports the CDNOW purchases over HTTP on a local host of its own, and says how fast, and with how much memory.

    python -m tests.bench.cdnow_import [purchases …]    so many lines of the file each, all of them unless told

For each size: rows per second of the dry run and of the run, how long the views took behind it, what the store then
holds, and the peak memory of the function that did it, which must not grow with the file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from infra.local.demo.cdnow import dataset
from infra.local.demo.client import Client
from infra.local.demo.staff import employ
from infra.local.engine import free_port
from infra.local.host import Host
from infra.local.resources import client as client_of
from tests.support.forms import upload

HEADER = "customer number,date,amount,currency\n"
_ENDED = frozenset({"done", "failed", "checked", "needs_mapping"})


def lines(most: int | None) -> Iterator[tuple[str, str, Decimal]]:
    """Customer, day and amount of each purchase of the full file, or of its first ones."""
    text = dataset().with_name("CDNOW_master.txt").read_text()
    for number, line in enumerate(filter(str.strip, text.splitlines()[1:])):
        if most is not None and number >= most:
            return
        customer, day, _, amount = line.split()
        yield customer, f"{day[:4]}-{day[4:6]}-{day[6:]}", Decimal(amount)


def measure(most: int | None) -> None:
    """Import on a fresh host, and print what it took."""
    sales = list(lines(most))
    body = (HEADER + "".join(f"{who},{day},{amount},USD\n" for who, day, amount in sales)).encode()
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        address = {"PublicUrl": f"http://127.0.0.1:{port}"}
        host = Host(directory=Path(folder), port=port, parameters=address, write=lambda _: None)
        host.start()
        try:
            client = Client(port=port, staff="owner")
            employ(client)
            _report(host, Client(port=port, staff="manager"), body, sales)
        finally:
            host.stop()


def _report(host: Host, client: Client, body: bytes, sales: list[tuple[str, str, Decimal]]) -> None:
    new = {"kind": "purchases", "file_name": "cdnow.csv", "size": len(body)}
    made = client.post("/imports", new, key="cdnow")
    path = f"/imports/{made['id']}"
    assert upload(made["upload"]["url"], made["upload"]["fields"], body) == 204
    checked, check_seconds, _ = _until_ended(host, client, path, "uploaded")
    done, run_seconds, peak = _until_ended(host, client, path, "run")
    began = time.monotonic()
    while not client.get("/customers", search=sales[-1][0])["items"]:
        time.sleep(0.2)
    behind = time.monotonic() - began
    people = len({who for who, *_ in sales})
    spent = sum((amount for *_, amount in sales), Decimal(0))
    sys.stdout.write(
        f"{len(sales):,} purchases of {people:,} customers ({len(body) / 1e6:.2f} MB, {spent:,} USD)\n"
        f"  dry run: {checked['state']}, {check_seconds:.0f} s, {len(sales) / check_seconds:.0f} rows a second\n"
        f"  run: {done['state']}, {done['counts']['created']:,} created, {done['counts']['refused']} refused, "
        f"{run_seconds:.0f} s, {len(sales) / run_seconds:.0f} rows a second\n"
        f"  views: the last customer is found {behind:.1f} s after the end\n"
        f"  peak memory of the function: {peak:.0f} MB\n"
        f"  {_stored(host)}\n"
    )
    sys.stdout.flush()


def _until_ended(host: Host, client: Client, path: str, verb: str) -> tuple[dict[str, Any], float, float]:
    """Ask for something and look until it is done: the import, the seconds it took, the most memory of the function."""
    began, peak = time.monotonic(), 0.0
    client.post(f"{path}/{verb}", {}, key=f"{path}-{verb}")
    while True:
        time.sleep(0.5)
        shown = client.get(path)
        peak = max([peak, *map(_memory, host.lambdas.processes()["FilesFunction"])])
        progress = shown["progress"]
        if progress and sys.stderr.isatty():
            rate, left = progress["rows_per_second"], progress["remaining_seconds"]
            sys.stderr.write(f"\r{verb}: {progress['job']} {progress['percent']} %, {rate} rows/s, {left} s left   ")
        if progress and progress["waits_for"]:
            sys.stderr.write(f"\n{progress['waits_for']}\n")
        if shown["state"] in _ENDED and not (verb == "run" and shown["state"] == "checked"):
            return shown, time.monotonic() - began, peak


def _stored(host: Host) -> str:
    """What stands in the store then: customers, purchases, and their money by each and by the customers' facts."""
    store = client_of("dynamodb", host.engine_url)
    (name,) = [one for one in host.stack.tables if one.startswith("Crm")]
    read = TypeDeserializer().deserialize
    people, sold, spent, paid = 0, 0, Decimal(0), Decimal(0)
    for page in store.get_paginator("scan").paginate(TableName=name):
        for item in page["Items"]:
            if item["sk"]["S"] == "PROFILE":
                people += 1
                spent += read(item["facts"])["spent"]
            elif item["sk"]["S"].startswith("EVENT#"):
                sold += 1
                paid += Decimal(read(item["details"])["amount"])
    return f"in the store: {people:,} customers who spent {spent:,}, {sold:,} purchases of {paid:,}"


def _memory(pid: int) -> float:
    """The most memory that a process has held, in MB; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purchases", nargs="*", type=int)
    for size in parser.parse_args().purchases or [None]:
        measure(size)
