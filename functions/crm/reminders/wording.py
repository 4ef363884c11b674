"""What a reminder's mail says: its template, and the values that the template may ask for."""

from collections.abc import Mapping
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from crm.mail import recipients
from crm.mail.sources import Value
from crm.reminders.models import Reminder
from crm.templates import service as template_service

USUAL = {"customer": "reminder", "staff": "reminder_staff"}


def of(reminder: Reminder) -> tuple[str, Mapping[str, Value]]:
    """The template of a reminder's mail and its values; one that was removed since gives way to the usual one."""
    usual = USUAL[reminder.to]
    name = reminder.template if reminder.template and template_service.exists(reminder.template) else usual
    asked = template_service.values_of(name)
    at = datetime.fromisoformat(reminder.at)
    said: dict[str, Value] = {"subject": reminder.subject, "message": _message(reminder), "date": at, "time": at.time()}
    if reminder.to == "staff":
        return name, {**said, "about": _about(reminder)}
    # Cards, thanks and the like speak of the day that something began, and do not know what they are not told.
    is_card = "subject" not in asked
    given = {**said, **_since(reminder, at.date())} if is_card else said
    return name, {**{other: None for other in asked if other not in ("name", "business", "owner")}, **given}


def _message(reminder: Reminder) -> str | None:
    said = [part for part in (reminder.message, reminder.private_link) if part]
    return "\n\n".join(said) or None


def _about(reminder: Reminder) -> str | None:
    if not reminder.customer_id:
        return None
    about = recipients.load(kind="customer", recipient_id=reminder.customer_id)
    return about.name if about else None


def _since(reminder: Reminder, day: date) -> dict[str, Value]:
    if not reminder.began_on:
        return {"date": None}
    began = date.fromisoformat(reminder.began_on)
    years = day.year - began.year
    is_anniversary = years > 0 and began + relativedelta(years=years) == day
    return {"date": began, "days": (day - began).days, "years": years if is_anniversary else None}
