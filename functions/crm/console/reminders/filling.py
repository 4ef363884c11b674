"""What the form of a reminder holds: as it is stored, as it was typed, and as the services take it."""

from collections.abc import Mapping
from typing import Any

from crm.console import forms
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.reminders.models import Reminder

REPEATS = (
    "FREQ=DAILY",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;INTERVAL=3",
    "FREQ=MONTHLY;INTERVAL=6",
    "FREQ=YEARLY",
)
ME, CUSTOMER = "me", "customer"
FIELDS = ("for", "subject", "message", "date", "time", "repeat", "unless_contact")


def filled(reminder: Reminder) -> dict[str, Any]:
    """The fields as they are stored."""
    date, _, time = reminder.at.partition("T")
    return {
        "for": "",
        "subject": reminder.subject,
        "message": reminder.message or "",
        "date": date,
        "time": time,
        "repeat": reminder.repeat or "",
        "unless_contact": bool(reminder.unless_contact),
    }


def typed(form: Mapping[str, str]) -> dict[str, Any]:
    """The fields as somebody has typed them."""
    found: dict[str, Any] = {name: form.get(name, "").strip() for name in FIELDS}
    return {**found, "unless_contact": bool(form.get("unless_contact"))}


def as_told(reminder: Reminder) -> dict[str, Any]:
    """What is stored, by the names of the API."""
    names = ("subject", "message", "at", "repeat")
    return {name: reminder.attribute_values.get(name) for name in names}


def at(form: Mapping[str, str]) -> str:
    """When it is due, on the clock of the form."""
    return f"{form.get('date', '').strip()}T{form.get('time', '').strip()[:5]}"


def texts(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed in words; each empty one is left out. Raises InvalidFields."""
    found = forms.filled(form, ("subject", "message", "repeat"))
    if "subject" not in found:
        raise InvalidFields.one("/subject", Reason("required; it is missing"))
    return {name: text.replace("\r\n", "\n") for name, text in found.items()}
