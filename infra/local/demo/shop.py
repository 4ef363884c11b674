"""A small demo shop: customers in five languages with a history, groups, greetings and reminders to look at."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo.client import Client

_PEOPLE: tuple[dict[str, Any], ...] = (
    {"name": "سارہ خان", "language": "ur", "timezone": "Asia/Karachi", "phone": "+923001234501", "owner": "sales"},
    {"name": "علی حسن", "language": "ur", "timezone": "Asia/Karachi", "owner": "sales", "tags": ["vip"]},
    {"name": "নাজমা রহমান", "language": "bn", "timezone": "Asia/Dhaka", "phone": "+8801712345602"},
    {"name": "আরিফ হোসেন", "language": "bn", "timezone": "Asia/Dhaka", "owner": "marketing"},
    {"name": "सुनीता श्रेष्ठ", "language": "ne", "timezone": "Asia/Kathmandu", "owner": "sales", "tags": ["vip"]},
    {"name": "प्रकाश गुरुङ", "language": "ne", "timezone": "Asia/Kathmandu"},
    {"name": "רחל מזרחי", "language": "he", "timezone": "Asia/Jerusalem", "owner": "sales"},
    {"name": "יוסף לוי", "language": "he", "timezone": "Asia/Jerusalem", "consent": {"greeting": False}},
    {"name": "Grace Hall", "language": "en", "timezone": "Europe/London", "owner": "service"},
    {"name": "Oscar Young", "language": "en", "timezone": "America/New_York", "consent": {"marketing": True}},
)
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


def furnish(client: Client) -> None:
    """Fill an empty shop; every request has its key, so that an interrupted start is finished by the next."""
    now = datetime.fromisoformat(client.local("clock")["now"])
    ids = [_enter(client, number, person, now) for number, person in enumerate(_PEOPLE)]
    for name, rule in _SEGMENTS:
        client.post("/segments", {"name": name, "rule": rule}, key=f"demo-{name}")
    for rule in _GREETINGS:
        client.post("/greetings", rule, key=f"demo-{rule['name']}")
    _remind(client, ids, now)


def _enter(client: Client, number: int, person: dict[str, Any], now: datetime) -> str:
    """One customer; the birthdays fall on the coming days, so that something is seen when the clock is moved."""
    today = now.astimezone(ZoneInfo(person["timezone"])).date()
    kept = today + timedelta(days=1 + number // 2)
    # A leap year, so that the shop can also be opened on 28 February.
    birthday = kept.replace(year=1960 + 4 * number)
    fields = {**person, "email": f"customer{number}@customers.example.com", "birthday": birthday.isoformat()}
    customer_id: str = client.post("/customers", fields | {"source": "demo"}, key=f"demo-customer-{number}")["id"]
    for sale in range(number % 4):
        body = {
            "at": (now - timedelta(days=365 * sale + 20 * number + 1)).isoformat(),
            "amount": f"{35 + 17 * number + sale}.50",
            "payment_method": "cash" if number % 2 else "card",
        }
        client.post(f"/customers/{customer_id}/purchases", body, key=f"demo-sale-{number}-{sale}")
    call = {
        "kind": "call",
        "at": (now - timedelta(days=number)).isoformat(),
        "summary": "Asked about the new catalogue",
    }
    client.post(f"/customers/{customer_id}/interactions", call, key=f"demo-call-{number}")
    return customer_id


def _remind(client: Client, ids: list[str], now: datetime) -> None:
    tomorrow = (now + timedelta(days=1)).date().isoformat()
    to_staff = {
        "to": "staff",
        "staff": "sales",
        "subject": "سارہ کو فون کریں",
        "message": "نئی کیٹلاگ کے بارے میں بتائیں",
    }
    client.post("/reminders", to_staff | {"at": f"{tomorrow}T10:00", "timezone": "Asia/Karachi"}, key="demo-reminder-1")
    to_customer = {
        "to": "customer",
        "customer_id": ids[8],
        "subject": "Your appointment",
        "message": "We expect you at three.",
    }
    client.post("/reminders", to_customer | {"at": f"{tomorrow}T08:30"}, key="demo-reminder-2")
