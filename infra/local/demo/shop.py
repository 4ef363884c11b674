"""A small demo shop: customers in five languages with a history, groups, greetings, and a day with something to do.

What waits since yesterday and what was greeted this morning cannot be entered, it has to have happened. So the shop is
opened two days before today, and the clock moves on to today: once past yesterday's reminders, once into the hours in
which the first greetings of today go out, and then to the present.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo import day as staff_day
from infra.local.demo.client import Client
from infra.local.demo.people import FAR, PEOPLE, Person

OPENED_BEFORE = timedelta(days=2)
"""So long before the present the shop is opened."""
_SEGMENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Good customers", {"field": "facts.spent", "op": "ge", "value": "100.00"}),
    ("VIP", {"field": "tags", "op": "contains", "value": "vip"}),
    ("Never bought", {"field": "facts.purchases", "op": "eq", "value": 0}),
)
_GREETINGS: tuple[dict[str, Any], ...] = (
    {"name": "Birthday card", "occasion": "birthday", "send_at": "09:00", "template": "birthday"},
    {
        "name": "Thank you for your first purchase",
        "occasion": "purchase_anniversary",
        "send_at": "10:00",
        "template": "purchase_anniversary",
    },
)
_AFTER_TASKS, _AFTER_CARDS = time(10, 5), time(12)


def furnish(client: Client, *, opened: datetime) -> None:
    """Fill an empty shop whose clock is at `opened` or a little later, and move its clock on by two days.

    Every request has its key and follows from `opened`, so that an interrupted start is finished by the next.
    """
    zone = ZoneInfo(client.get("/business")["timezone"])
    present = opened + OPENED_BEFORE
    today = present.astimezone(zone).date()
    ids = [_enter(client, number, person, today=today, zone=zone) for number, person in enumerate(PEOPLE)]
    for name, rule in _SEGMENTS:
        client.post("/segments", {"name": name, "rule": rule}, key=f"demo-{name}")
    for rule in _GREETINGS:
        client.post("/greetings", rule, key=f"demo-{rule['name']}")
    staff_day.plan(client, ids, today=today, timezone=zone.key)
    staff_day.announce(client)
    # Who is late and who slips away is looked for in what was bought.
    client.post("/patterns/refresh", {}, key="demo-patterns")
    for moment in stops(today, zone=zone, present=present):
        _move(client, moment)
    # However long all of that took, or an interrupted start ago.
    _move(client, datetime.now(UTC))


def stops(today: date, *, zone: ZoneInfo, present: datetime) -> list[datetime]:
    """The instants that the clock is moved to, the last being the present.

    The day of customers who live farthest east begins first. Where the business's own day begins as early, their
    greetings go out in the course of it.
    """
    told = datetime.combine(today - timedelta(days=1), _AFTER_TASKS, zone)
    greeted = datetime.combine(today, _AFTER_CARDS, ZoneInfo(FAR))
    before = sorted(moment.astimezone(UTC) for moment in (told, greeted))
    return [*(moment for moment in before if moment < present), present]


def _move(client: Client, moment: datetime) -> None:
    if datetime.fromisoformat(client.local("clock")["now"]) < moment:
        client.local("clock", {"now": moment.isoformat(), "at_once": True})


def _enter(client: Client, number: int, person: Person, *, today: date, zone: ZoneInfo) -> str:
    """One customer with a history; its id."""
    fields = person.fields(number, day=today)
    customer_id: str = client.post("/customers", fields, key=f"demo-customer-{number}")["id"]
    for place, days in enumerate(person.bought):
        body = {
            "at": _noon(today, days, zone),
            "amount": f"{35 + 7 * number + place}.50",
            "payment_method": "cash" if number % 2 else "card",
        }
        client.post(f"/customers/{customer_id}/purchases", body, key=f"demo-sale-{number}-{place}")
    call = {"kind": "call", "at": _noon(today, number + 3, zone), "summary": "Asked about the new catalogue"}
    client.post(f"/customers/{customer_id}/interactions", call, key=f"demo-call-{number}")
    return customer_id


def _noon(today: date, days: int, zone: ZoneInfo) -> str:
    """An instant so many days before today; of at least three, so that it is over when the shop is opened."""
    return datetime.combine(today - timedelta(days=days), time(12), zone).astimezone(UTC).isoformat()
