"""A shop whose morning is lived through, and what its users then see of it."""

import http.client
import urllib.parse
from datetime import UTC, datetime, time, timedelta
from typing import Any

from infra.local import resources
from infra.local.demo.client import Client
from infra.local.host import Host

LANGUAGES = {
    "en": "Europe/London",
    "ur": "Asia/Karachi",
    "bn": "Asia/Dhaka",
    "ne": "Asia/Kathmandu",
    "he": "Asia/Jerusalem",
}


def live(client: Client, day: datetime) -> dict[str, Any]:
    """A shop in which five people have their birthday tomorrow and one has opted out, when its morning is over."""
    rule = {"name": "Birthdays", "occasion": "birthday", "send_at": "09:00", "template": "birthday"}
    greeting = client.post("/greetings", rule, key="greeting")["id"]
    shop: dict[str, Any] = {"greeting": greeting, "customers": {}}
    for language, zone in LANGUAGES.items():
        born = tomorrow(day).replace(year=1984)
        fields = {"name": f"<b>{language}</b>", "email": f"{language}@example.com", "birthday": born.isoformat()}
        made = client.post("/customers", fields | {"language": language, "timezone": zone}, key=language)
        client.post(f"/customers/{made['id']}/purchases", {"amount": "10.25"}, key=f"{language} buys")
        shop["customers"][language] = made["id"]
    silent = {"name": "No", "email": "no@example.com", "birthday": tomorrow(day).replace(year=1984).isoformat()}
    shop["silent"] = client.post("/customers", silent | {"consent": {"greeting": False}}, key="silent")["id"]
    unreachable = {"name": "फोन मात्र", "phone": "+9779841234500", "birthday": silent["birthday"], "language": "ne"}
    shop["unreachable"] = client.post("/customers", unreachable | {"owner": "owner"}, key="unreachable")["id"]
    bouncing = {"name": "Gone", "email": "bounce@simulator.amazonses.com", "birthday": silent["birthday"]}
    shop["bouncing"] = client.post("/customers", bouncing, key="bouncing")["id"]
    segment = {"name": "Buyers", "rule": {"field": "facts.purchases", "op": "ge", "value": 1}}
    shop["segment"] = client.post("/segments", segment, key="segment")["id"]
    reminder = {"at": f"{tomorrow(day)}T10:00", "timezone": "Asia/Kathmandu", "subject": "फोन", "message": "Call <b>"}
    shop["staff_reminder"] = client.post("/reminders", reminder | {"to": "staff", "staff": "sales"}, key="r1")["id"]
    mine = {"to": "customer", "customer_id": shop["customers"]["he"], "subject": "תור", "message": "נתראה מחר"}
    shop["reminder"] = client.post("/reminders", {"at": f"{tomorrow(day)}T10:00"} | mine, key="r2")["id"]
    # Nine o'clock in London and ten in Jerusalem are over at 10:00 UTC: the last of the mails has gone.
    over = datetime.combine(tomorrow(day), time(11), UTC)
    client.local("clock", {"advance": f"PT{(over - day) // timedelta(minutes=1)}M"})
    shop["mails"] = client.local("mail.json")
    return shop


def tomorrow(day: datetime) -> Any:
    """Far enough that it is tomorrow or later in every zone of the test, and not 29 February."""
    return (day + timedelta(hours=28)).date()


def mails_of(lived: dict[str, Any], rule: str, customer: str) -> list[dict[str, Any]]:
    """What a customer got by a rule or a reminder."""
    return [mail for mail in lived["mails"] if f"_{rule}_" in mail["key"] and mail["customer_id"] == customer]


def shown(client: Client, lived: dict[str, Any]) -> dict[str, Any]:
    """Pages whose answers do not change by the hour."""
    totals = client.get(f"/segments/{lived['segment']}")["totals"]
    return {
        "customers": client.get("/customers")["items"],
        "sums": {name: totals[name] for name in ("members", "spent")},
        "spread": {name: found for name, found in totals.items() if name.startswith("by_")},
    }


def spoil(host: Host, lived: dict[str, Any]) -> None:
    """By hand: an entry less, one more, one that says something else, a sum that is too large, and one that is gone."""
    tables = resources.client("dynamodb", host.engine_url)
    items = [item for page in tables.get_paginator("scan").paginate(TableName="ViewsTable") for item in page["Items"]]
    group = tables.get_item(
        TableName="CrmTable", Key={"pk": {"S": "SEGMENTS"}, "sk": {"S": f"SEGMENT#{lived['segment']}"}}
    )["Item"]
    total = f"TOTAL#SEGMENT#{group['live_epoch']['N']}"
    entry = next(item for item in items if item["pk"]["S"] == "CUSTOMERS")
    resident = next(item for item in items if item["pk"]["S"] == "RESIDENTS")
    shard = next(item for item in items if item["pk"]["S"] == total and item["sk"]["S"].startswith("sum"))
    gone = [item for item in items if item["pk"]["S"] == total and item["sk"]["S"].startswith("by")]
    for item in (entry, *gone):
        tables.delete_item(TableName="ViewsTable", Key={name: item[name] for name in ("pk", "sk")})
    for item in (
        entry | {"sk": {"S": "nobody#x"}},
        resident | {"name": {"S": "somebody else"}},
        shard | {"members": {"N": "1000"}, "spent": {"N": "1000"}},
    ):
        tables.put_item(TableName="ViewsTable", Item=item)


def opened(link: urllib.parse.SplitResult, method: str, body: str | None = None) -> tuple[int, str]:
    """The status and the text of what a link leads to."""
    connection = http.client.HTTPConnection(link.hostname or "", link.port or 80, timeout=30)
    connection.request(method, link.path, body, {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text
