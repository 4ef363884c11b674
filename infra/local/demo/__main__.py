"""`make demo`: sends the CDNOW sample through a running CRM and holds every sum against an independent recount."""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from infra.local.demo import cdnow, recount
from infra.local.demo.cdnow import Buyer
from infra.local.demo.client import Client, NotRunningError, RefusedError

_SENDERS = 6
_BUILD_SECONDS = 600
console = Console()


class MoreThereError(Exception):
    """An earlier run sent more customers than this one, so their sums cannot be compared."""


def main() -> int:
    """Run the demo. The exit status is 0 when every pair of figures agrees, else 1; 2 when it cannot run."""
    arguments = argparse.ArgumentParser(prog="make demo", description=__doc__)
    arguments.add_argument("--port", type=int, default=int(os.environ.get("PORT", "3000")))
    arguments.add_argument("--limit", type=int, help="send only the first so many customers")
    chosen = arguments.parse_args()
    try:
        return _run(chosen.port, chosen.limit)
    except (MoreThereError, NotRunningError, RefusedError, cdnow.DatasetMissingError) as stopped:
        console.print(f"[red]stopped:[/] {stopped}", highlight=False)
        return 2


def _run(port: int, limit: int | None) -> int:
    started = time.monotonic()
    client = Client(port=port, staff="owner")
    buyers = cdnow.buyers()[:limit]
    ids = _send_all(client, buyers)
    segments = _segments(client)
    _refuse_others(client, segments[recount.GROUPS[0].name], len(buyers))
    pairs = _compare_sums(client, buyers, segments)
    pairs += _compare_mails(client, buyers, ids, segment=segments[recount.GROUPS[0].name])
    _show(pairs)
    wrong = sum(ours != theirs for _, ours, theirs in pairs)
    console.print(f"{len(pairs)} figures compared, {wrong} differ; {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


def _send_all(client: Client, buyers: list[Buyer]) -> dict[str, str]:
    total = sum(1 + len(buyer.sales) + len(buyer.calls) for buyer in buyers)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(_SENDERS) as senders:
        task = progress.add_task(f"sending {len(buyers)} customers", total=total)

        def send(buyer: Buyer) -> tuple[str, str]:
            customer_id = _send(client, buyer)
            progress.advance(task, 1 + len(buyer.sales) + len(buyer.calls))
            return buyer.number, customer_id

        return dict(senders.map(send, buyers))


def _send(client: Client, buyer: Buyer) -> str:
    key = f"cdnow-{cdnow.SEED}-{buyer.number}"
    fields = {
        "name": buyer.name,
        "email": f"cdnow{buyer.number}@customers.example.com",
        "language": buyer.language,
        "timezone": buyer.timezone,
        "birthday": buyer.birthday,
        "source": "cdnow",
    }
    customer_id: str = client.post("/customers", fields, key=key)["id"]
    path = f"/customers/{customer_id}"
    for n, sale in enumerate(buyer.sales):
        lines = [{"product": "CD", "quantity": max(sale.discs, 1), "amount": str(sale.amount)}]
        body = {"at": sale.at, "amount": str(sale.amount), "currency": "USD", "lines": lines}
        client.post(f"{path}/purchases", body, key=f"{key}-sale-{n}")
    for n, at in enumerate(buyer.calls):
        body = {"kind": "call", "at": at, "summary": "Asked whether everything is in order"}
        client.post(f"{path}/interactions", body, key=f"{key}-call-{n}")
    return customer_id


def _segments(client: Client) -> dict[str, str]:
    """The demo's segments, by name; waits until each is filled."""
    made = {
        group.name: client.post("/segments", {"name": group.name, "rule": group.rule}, key=f"cdnow {group.name}")["id"]
        for group in recount.GROUPS
    }
    deadline = time.monotonic() + _BUILD_SECONDS
    with console.status("filling the segments"):
        while any(client.get(f"/segments/{segment}")["state"] != "ready" for segment in made.values()):
            if time.monotonic() > deadline:
                raise RefusedError(f"the segments are not filled after {_BUILD_SECONDS} s")
            time.sleep(0.5)
        client.local("idle")
    return made


def _refuse_others(client: Client, everybody: str, sent: int) -> None:
    members = client.get(f"/segments/{everybody}")["members"]
    if members > sent:
        raise MoreThereError(f"{members} customers of the sample are there, {sent} were sent; use no --limit")


Pair = tuple[str, Any, Any]


def _compare_sums(client: Client, buyers: list[Buyer], segments: dict[str, str]) -> list[Pair]:
    pairs: list[Pair] = []
    for group in recount.GROUPS:
        expected = recount.sums(buyers, group)
        shown = client.get(f"/segments/{segments[group.name]}")
        totals = shown["totals"]
        pairs += [
            (f"{group.name}: customers", shown["members"], expected.members),
            (f"{group.name}: money spent", Decimal(totals["spent"]), expected.spent),
            (f"{group.name}: purchases", totals["purchases"], expected.purchases),
            (f"{group.name}: interactions", totals["interactions"], expected.interactions),
            (f"{group.name}: by language", _sorted(totals["by_language"]), _sorted(expected.by_language)),
        ]
    return pairs


def _compare_mails(client: Client, buyers: list[Buyer], ids: dict[str, str], *, segment: str) -> list[Pair]:
    """Switch on birthday greetings, live through a day and a half, and compare who got one with who should have.

    The demo shop has a rule for birthdays, too: whichever comes first greets, the other one says that it need not.
    """
    rule = {"name": "CDNOW birthdays", "occasion": "birthday", "send_at": "09:00", "template": "birthday"}
    client.post("/greetings", {**rule, "segment": segment}, key="cdnow birthdays")
    before = _greeted(client, ids)
    start = _now(client)
    end = start + timedelta(hours=36)
    with console.status(f"living through {start:%d %B} to {end:%d %B %Y, %H:%M} UTC"):
        client.local("clock", {"now": end.isoformat()})
    due = {
        (ids[number], str(year))
        for number, years in recount.greeted(buyers, start=start, end=end).items()
        for year in years
    }
    received = _greeted(client, ids)
    new = [one for one in received if one not in before]
    return [
        ("greetings: mails due and received", len(new), len(due - set(before))),
        ("greetings: to exactly these customers", sorted(new) == sorted(due - set(before)), True),
        ("greetings: nobody got two", len(received), len(set(received))),
    ]


def _greeted(client: Client, ids: dict[str, str]) -> list[tuple[str, str]]:
    """Customer and year of every birthday mail to the buyers, under any rule."""
    rules = {rule["id"] for rule in client.get("/greetings", limit="100")["items"] if rule["occasion"] == "birthday"}
    known = set(ids.values())
    parts = [mail["key"].split("_") for mail in client.local("mail.json") if mail["key"]]
    found = [part for part in parts if part[0] == "customer"]
    return [(customer, year) for _, customer, rule, year in found if rule in rules and customer in known]


def _now(client: Client) -> datetime:
    return datetime.fromisoformat(client.local("clock")["now"])


def _sorted(counts: dict[str, int]) -> str:
    return " ".join(f"{language}:{counts[language]}" for language in sorted(counts))


def _show(pairs: list[Pair]) -> None:
    table = Table("", "CRM", "recount", "")
    for name, ours, theirs in pairs:
        table.add_row(name, str(ours), str(theirs), "same" if ours == theirs else "[red]DIFFERS")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
