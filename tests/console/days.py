"""What a day of the staff begins with: people to call, and mail with its fate, as the mailer leaves it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crm.core import clock
from crm.core.config import settings
from crm.core.lease import Lease
from crm.mail.models import Message
from tests.support.flow import settle
from tests.support.world import Api

CANARY = "<b onclick=x>"


def employ() -> None:
    """Two who sell, unless they do already."""
    for name in ("hassan", "rida"):
        told = {"id": name, "name": name.title(), "role": "sales"}
        assert Api().post("/staff", told, role="owner").status in (201, 409)


def remind_of_hina() -> str:
    """A customer of whom a member of the staff is reminded today, and whom no mail has reached."""
    api = Api()
    made = api.post("/customers", {"name": f"Hina {CANARY}", "phone": "+92 300 7654321", "owner": "hassan"}).body
    soon = (clock.now() + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M")
    reminder = {"to": "staff", "staff": "hassan", "customer_id": made["id"], "subject": f"Ring her {CANARY}"}
    for at in (soon, "2099-01-01T10:00"):
        told = {**reminder, "at": at, "timezone": "UTC", "subject": f"{reminder['subject']} {at[:4]}"}
        assert api.post("/reminders", told).status == 201
    call(made["id"], owner="hassan")
    settle()
    return str(made["id"])


def call(customer_id: str, *, owner: str) -> None:
    """A greeting that found no address, as the mailer leaves it."""
    today = clock.now().astimezone(settings().business_timezone).date().isoformat()
    to_call = {"owner": owner, "on": today, "say": f"Many happy returns {CANARY}"}
    mailed(customer_id, "birthday", state="withheld", reason_code="no_address", to_call=to_call)


def mailed(customer_id: str, rule: str, *, occurrence: str = "2026", **fate: Any) -> None:
    """A greeting with its fate, as the mailer leaves it."""
    now = clock.stamp()
    counts: dict[str, Any] = {
        "revision": 1,
        "attempts": 0,
        "doubts": 0,
        "created_at": now,
        "updated_at": now,
        "history": [],
    }
    Message(f"CUSTOMER#{customer_id}", f"MAIL#{rule}#{occurrence}", purpose="greeting", **(counts | fate)).save()


def celebrate() -> dict[str, str]:
    """Customers whose day it is, by name, whose greetings have met with different fates."""
    api, on = Api(), clock.now().astimezone(settings().business_timezone).date()
    rule = api.post("/greetings", {"name": f"Birthdays {CANARY}", "occasion": "birthday"}).body["id"]
    fates = {
        "Sent Sana": ("hassan", {"state": "delivered"}),
        "Back Bilal": ("hassan", {"state": "bounced", "reason_code": "bounced"}),
        "Mute Mona": (None, {"state": "withheld", "reason_code": "no_consent"}),
        "Late Laila": ("hassan", {"state": "due", "reason_code": "not_now"}),
        "Ridas Rana": ("rida", {"state": "accepted"}),
    }
    made = {}
    for name, (owner, fate) in fates.items():
        told = {"name": f"{name} {CANARY}", "birthday": f"--{on:%m-%d}", **({"owner": owner} if owner else {})}
        made[name] = str(api.post("/customers", told).body["id"])
        mailed(made[name], rule, occurrence=str(on.year), **fate)
    settle()
    Lease.forget_all()
    return made


def card(page: str, name: str) -> str:
    """The part of the page with this heading."""
    return page.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]
